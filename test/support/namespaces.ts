// Parts: iproute
/** Networks of a test's own: namespaces joined by virtual cables. They go with `await using`. */

import { atExit } from "./at-exit.ts";

/** Runs `ip` to its end. @throws Error with what it said */
async function ip(...args: string[]): Promise<void> {
  const child = Bun.spawn(["ip", ...args], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const complaint = await child.stderr.text();
  if ((await child.exited) !== 0) {
    throw new Error(`ip ${args.join(" ")}: ${complaint.trim()}`);
  }
}

/** A machine of its own, as far as the network goes. */
export class Namespace {
  readonly #forget: () => void;

  private constructor(readonly name: string) {
    this.#forget = atExit(() => Bun.spawnSync(["ip", "netns", "delete", name], { stderr: "ignore", timeout: 10_000 }));
  }

  static async create(name: string): Promise<Namespace> {
    await ip("netns", "add", name);
    const namespace = new Namespace(name);
    await ip("-n", name, "link", "set", "lo", "up");
    return namespace;
  }

  /** Words before a command that shall run here. */
  get within(): string[] {
    return ["ip", "netns", "exec", this.name];
  }

  async address(device: string, cidr: string): Promise<void> {
    const family = cidr.includes(":") ? ["nodad"] : [];
    await ip("-n", this.name, "address", "add", cidr, "dev", device, ...family);
    await ip("-n", this.name, "link", "set", device, "up");
  }

  async defaultRoute(via: string): Promise<void> {
    await ip("-n", this.name, "route", "add", "default", "via", via);
  }

  /** Runs a command here, and gives what it printed. */
  async run(...command: string[]): Promise<string> {
    const child = Bun.spawn([...this.within, ...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [text, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    if ((await child.exited) !== 0) {
      throw new Error(`${command.join(" ")}: ${complaint.trim()}`);
    }
    return text;
  }

  async remove(): Promise<void> {
    await ip("netns", "delete", this.name);
    this.#forget();
  }
}

/** Two machines of which each knows the other by a router only. */
export interface RoutedNetwork extends AsyncDisposable {
  /** 10.77.0.2 and fd77::2, behind the router at 10.77.0.1 and fd77::1. */
  readonly server: Namespace;
  readonly router: Namespace;
  /** 203.0.113.9 and 2001:db8:113::9: an address of the internet's. */
  readonly stranger: Namespace;
}

export async function routedNetwork(): Promise<RoutedNetwork> {
  await using stack = new AsyncDisposableStack();
  const make = async (role: string) => {
    const namespace = await Namespace.create(`lanvid-${role}-${process.pid}`);
    stack.defer(() => namespace.remove());
    return namespace;
  };
  const server = await make("server");
  const router = await make("router");
  const stranger = await make("stranger");
  const join = (one: Namespace, end: string, other: Namespace, otherEnd: string) =>
    ip("link", "add", end, "netns", one.name, "type", "veth", "peer", "name", otherEnd, "netns", other.name);
  await join(server, "eth0", router, "inside");
  await join(stranger, "eth0", router, "outside");
  await server.address("eth0", "10.77.0.2/24");
  await server.address("eth0", "fd77::2/64");
  await router.address("inside", "10.77.0.1/24");
  await router.address("inside", "fd77::1/64");
  await router.address("outside", "203.0.113.1/24");
  await router.address("outside", "2001:db8:113::1/64");
  await stranger.address("eth0", "203.0.113.9/24");
  await stranger.address("eth0", "2001:db8:113::9/64");
  await server.defaultRoute("10.77.0.1");
  await server.defaultRoute("fd77::1");
  await stranger.defaultRoute("203.0.113.1");
  await stranger.defaultRoute("2001:db8:113::1");
  await router.run(
    "sh",
    "-c",
    "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding",
  );
  const owned = stack.move();
  return { server, router, stranger, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
