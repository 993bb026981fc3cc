import type { PixelBuffer } from "../../media.ts";
import type { Size } from "../../units.ts";
import { textLayers } from "../text-layer.ts";
import { fitInto, type PixelMemory, type Window, type WindowOptions, type Words } from "../window.ts";
import type { XConnection } from "./connection.ts";
import { type Extensions, findExtensions } from "./extensions.ts";
import { Keymap } from "./keymap.ts";
import { openDisplay } from "./open.ts";
import { PictureMemories, type PictureMemory } from "./picture-memory.ts";
import { Pointer } from "./pointer.ts";
import { type Atoms, askAtoms, Properties } from "./properties.ts";
import * as x from "./requests.ts";
import { Surface } from "./surface.ts";

/** What a window takes of the screen at most when it is opened. */
const SCREEN_PART = 0.9;
/** Of _NET_WM_STATE: the specification has 14. */
const MAX_STATES = 64;

export interface X11Options extends WindowOptions {
  /** Pictures may be shared with the server, where it is on this machine; else they go over the socket. */
  readonly mayShare?: boolean;
}

/** A window on an X display: no library, but the protocol itself. */
export class X11Window implements Window {
  readonly #connection: XConnection;
  readonly #options: WindowOptions;
  readonly #atoms: Atoms;
  readonly #id: number;
  readonly #surface: Surface;
  readonly #memories: PictureMemories;
  readonly #properties: Properties;
  readonly #pointer: Pointer;
  readonly canFillScreen = true;
  #keymap: Keymap;
  #size: Size;
  #isFullScreen = false;
  #isClosed = false;
  #isGone = false;
  #faults = 0;

  private constructor(
    connection: XConnection,
    options: WindowOptions,
    extensions: Extensions,
    atoms: Atoms,
    keymap: Keymap,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#memories = new PictureMemories(connection, extensions.shm);
    this.#atoms = atoms;
    this.#keymap = keymap;
    this.#id = connection.newId();
    this.#size = this.#fitted(options.size);
    const { root, depth, visual } = connection.setup.screen;
    connection.send(x.createWindow(this.#id, { root, depth, visual: visual.id, ...this.#size }));
    this.#properties = new Properties(connection, atoms, this.#id);
    this.#properties.begin();
    this.#properties.name(options.title);
    this.#pointer = new Pointer(connection, this.#id, options.clock);
    this.#surface = new Surface(connection, extensions, this.#id, this.#size);
    connection.handle({
      event: (event) => this.#handle(event),
      error: (code, majorOpcode) => this.#complain(code, majorOpcode),
      gone: (reason) => this.#lose(reason),
    });
    connection.send(x.mapWindow(this.#id));
    connection.flush();
  }

  /** @throws Error that says why there can be no window */
  static async open(options: X11Options): Promise<X11Window> {
    const { connection, isLocal } = await openDisplay(process.env, options.clock);
    try {
      const extensions = await findExtensions(connection, isLocal && options.mayShare !== false);
      const [atoms, keymap] = await Promise.all([askAtoms(connection), readKeymap(connection)]);
      return new X11Window(connection, options, extensions, atoms, keymap);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get size(): Size {
    return this.#size;
  }

  /** Whether pictures are shared with the server, in the last memory that was made. */
  get isSharing(): boolean {
    return this.#memories.isSharing;
  }

  allocate(size: Size, count: number): Promise<PictureMemory> {
    return this.#memories.allocate(size, count);
  }

  async present(memory: PixelMemory, buffer: PixelBuffer): Promise<boolean> {
    if (this.#isGone || this.#isClosed) {
      return false;
    }
    const { segment, width, height } = memory as PictureMemory;
    if (segment === null) {
      this.#surface.put({ width, height }, buffer.bytes);
    } else {
      const offset = buffer.address - (memory.buffers[0] as PixelBuffer).address;
      this.#surface.putShared({ width, height }, segment, offset);
    }
    this.#surface.paint();
    return await this.#sync();
  }

  /** The server scales; it has no picture with a side that is longer than a coordinate can say. */
  pictureSize(of: Size): Size {
    return fitInto(of, x.MAX_SIZE);
  }

  async setWords(words: readonly Words[]): Promise<void> {
    const layers = await textLayers(words, this.#size);
    if (!this.#isGone && !this.#isClosed) {
      this.#surface.setLayers(layers);
      this.#repaint();
    }
  }

  setTitle(title: string): void {
    if (!this.#isGone && !this.#isClosed) {
      this.#properties.name(title);
      this.#connection.flush();
    }
  }

  resize(size: Size): void {
    const { width, height } = this.#fitted(size);
    this.#connection.send(x.resizeWindow(this.#id, width, height));
    this.#connection.flush();
  }

  get isFullScreen(): boolean {
    return this.#isFullScreen;
  }

  toggleFullScreen(): void {
    const [REMOVE, ADD] = [0, 1];
    this.#isFullScreen = !this.#isFullScreen;
    const { _NET_WM_STATE, _NET_WM_STATE_FULLSCREEN } = this.#atoms;
    const { root } = this.#connection.setup.screen;
    const data = [this.#isFullScreen ? ADD : REMOVE, _NET_WM_STATE_FULLSCREEN, 0, 1];
    this.#connection.send(x.tellManager(root, this.#id, _NET_WM_STATE, data));
    this.#connection.flush();
  }

  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#pointer.close();
    this.#memories.close();
    this.#connection.send(x.destroyWindow(this.#id));
    this.#connection.flush();
    this.#connection.close();
  }

  #fitted(size: Size): Size {
    const { width, height } = this.#connection.setup.screen;
    return fitInto(size, { width: Math.floor(width * SCREEN_PART), height: Math.floor(height * SCREEN_PART) });
  }

  /** Settles when the server has done everything until now. */
  async #sync(): Promise<boolean> {
    try {
      await this.#connection.ask(x.getInputFocus());
      return true;
    } catch {
      // The server is gone: the event says so.
      return false;
    }
  }

  #repaint(): void {
    this.#surface.paint();
    this.#connection.flush();
  }

  #handle(event: DataView): void {
    if (this.#isClosed) {
      return;
    }
    const kind = event.getUint8(0) & 0x7f;
    switch (kind) {
      case x.EVENT.keyPress: {
        const key = this.#keymap.name(event.getUint8(1), event.getUint16(28, true));
        if (key !== undefined) {
          this.#options.onEvent({ kind: "key", key });
        }
        break;
      }
      case x.EVENT.buttonPress:
        if (this.#pointer.pressed(event)) {
          this.#options.onEvent({ kind: "double-click" });
        }
        break;
      case x.EVENT.motionNotify:
        this.#pointer.moved();
        break;
      case x.EVENT.propertyNotify:
        if (event.getUint32(8, true) === this.#atoms._NET_WM_STATE) {
          void this.#readState();
        }
        break;
      case x.EVENT.expose: {
        const more = event.getUint16(16, true);
        if (more === 0) {
          this.#repaint();
        }
        break;
      }
      case x.EVENT.configureNotify:
        this.#resized({ width: event.getUint16(20, true), height: event.getUint16(22, true) });
        break;
      case x.EVENT.clientMessage:
        this.#hear(event);
        break;
      case x.EVENT.mappingNotify:
        void this.#readKeymap();
        break;
      case x.EVENT.destroyNotify:
        this.#lose("the window was destroyed");
        break;
      default:
    }
  }

  /** The window manager has a word. */
  #hear(event: DataView): void {
    const { WM_PROTOCOLS, WM_DELETE_WINDOW, _NET_WM_PING } = this.#atoms;
    if (event.getUint32(8, true) !== WM_PROTOCOLS) {
      return;
    }
    const word = event.getUint32(12, true);
    if (word === WM_DELETE_WINDOW) {
      this.#options.onEvent({ kind: "close" });
    } else if (word === _NET_WM_PING) {
      const data = [12, 16, 20, 24, 28].map((at) => event.getUint32(at, true));
      const { root } = this.#connection.setup.screen;
      this.#connection.send(x.tellManager(root, root, WM_PROTOCOLS, data));
      this.#connection.flush();
    }
  }

  #resized(size: Size): void {
    if (size.width === this.#size.width && size.height === this.#size.height) {
      return;
    }
    this.#size = size;
    this.#surface.resize(size);
    this.#repaint();
    this.#options.onEvent({ kind: "resize", size });
  }

  /** The window manager fills the screen with a window by keys of its own, too. */
  async #readState(): Promise<void> {
    const { _NET_WM_STATE, _NET_WM_STATE_FULLSCREEN } = this.#atoms;
    try {
      const reply = await this.#connection.ask(x.getProperty(this.#id, _NET_WM_STATE, x.ATOM.atom, MAX_STATES));
      this.#isFullScreen = x.readWords(reply).includes(_NET_WM_STATE_FULLSCREEN);
    } catch {
      // The server is gone: the event says so.
    }
  }

  async #readKeymap(): Promise<void> {
    try {
      this.#keymap = await readKeymap(this.#connection);
    } catch {
      // The server is gone: the event says so.
    }
  }

  /** A request failed that nobody waits for: something may be missing on the screen. */
  #complain(code: number, majorOpcode: number): void {
    this.#faults += 1;
    if (!this.#isClosed && /^10*$/.test(String(this.#faults))) {
      const reason = `the X server refuses request ${majorOpcode}: error ${code}`;
      this.#options.onEvent({ kind: "fault", reason, count: this.#faults });
    }
  }

  #lose(reason: string): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#pointer.close();
      if (!this.#isClosed) {
        this.#options.onEvent({ kind: "gone", reason });
      }
    }
  }
}

async function readKeymap(connection: XConnection): Promise<Keymap> {
  const { minKeycode, maxKeycode } = connection.setup;
  const reply = await connection.ask(x.getKeyboardMapping(minKeycode, maxKeycode - minKeycode + 1));
  return new Keymap(reply, minKeycode);
}
