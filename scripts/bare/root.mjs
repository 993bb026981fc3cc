// A minimal Debian in a folder, with Node.js and npm and nothing else. Plain Node.js.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root as checkout } from "../setup.mjs";

const ENTER = join(checkout, "scripts/bare/enter.sh");
const QUIET = ["ignore", "ignore", "inherit"];
/** Whatever ends this process ends what runs in the root, and the kernel takes its mounts away. */
const NAMESPACES = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"];
/** All that is taken over from this machine's environment. */
const PROXIES = Object.entries(process.env).filter(([name]) => /^(https?|no|all)_proxy$/i.test(name));
const ENVIRONMENT = {
  ...Object.fromEntries(PROXIES),
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  TERM: "dumb",
};

export class BareRoot {
  /** In /var/tmp, which is on a disk: all parts together are some gigabytes. */
  path = mkdtempSync("/var/tmp/lanvid-bare-");
  #running = new Set();
  #isClosed = false;

  /** Makes it: Debian's release and mirror are this machine's, and so are npm's registry and certificates. */
  async make() {
    const { mirror, release } = debian();
    // Whoever is not root goes through it, too.
    chmodSync(this.path, 0o755);
    const options = ["--variant=minbase", "--include=ca-certificates"];
    const command = ["--mount-proc", "debootstrap", ...options, release, this.path, mirror];
    await this.#end(
      this.#spawn(command, { stdio: QUIET, env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }),
    );
    this.#write("etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n");
    // It is thrown away: what a power cut would do to it does not matter.
    this.#write("etc/dpkg/dpkg.cfg.d/bare", "force-unsafe-io\n");
    const proxies = output("apt-config", ["dump", "Acquire"]).filter((line) => /proxy/i.test(line));
    this.#write("etc/apt/apt.conf.d/90bare", `${proxies.join("\n")}\n`);
    this.#configureNpm();
    const install = "apt-get update -qq && apt-get install -qq -y --no-install-recommends nodejs npm";
    await this.#end(this.start(["sh", "-c", install], { stdio: QUIET }));
  }

  /** Starts a command in it. */
  start(command, { env = {}, ...options }) {
    return this.#spawn(["sh", ENTER, this.path, ...command], { env: { ...ENVIRONMENT, ...env }, ...options });
  }

  /** Ends all that runs in it, at once. */
  async kill() {
    await Promise.all(
      [...this.#running].map(async (child) => {
        child.kill("SIGKILL");
        await once(child, "exit");
      }),
    );
  }

  /** Ends all that runs in it, now and from now on. */
  async close() {
    this.#isClosed = true;
    await this.kill();
  }

  /** @throws Error when something is still mounted there */
  remove() {
    if (readFileSync("/proc/mounts", "utf8").includes(` ${this.path}`)) {
      throw new Error(`something is still mounted in ${this.path}: it is left as it is`);
    }
    const { status } = spawnSync("rm", ["-rf", "--one-file-system", this.path], { stdio: "inherit" });
    if (status !== 0) {
      throw new Error(`cannot remove ${this.path}`);
    }
  }

  #spawn(command, options) {
    if (this.#isClosed) {
      throw new Error("ended by a signal");
    }
    const child = spawn("setpriv", [...NAMESPACES, ...command], options);
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child;
  }

  async #end(child) {
    const [code, signal] = await once(child, "exit");
    if (code !== 0) {
      throw new Error(`cannot make a bare Debian: ended with ${code ?? signal}`);
    }
  }

  #configureNpm() {
    const setting = (name) => output("npm", ["config", "get", name])[0];
    const lines = [`registry=${setting("registry")}`];
    const certificates = setting("cafile");
    if (existsSync(certificates)) {
      copyFileSync(certificates, join(this.path, "root/certificates.pem"));
      lines.push("cafile=/root/certificates.pem");
    }
    this.#write("root/.npmrc", `${lines.join("\n")}\n`);
  }

  #write(path, text) {
    writeFileSync(join(this.path, path), text);
  }
}

/** This machine's Debian. */
function debian() {
  const format = ["--format", "$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)", "Identifier: Packages"];
  const lines = output("apt-get", ["indextargets", ...format]).map((line) => line.split(" "));
  const line = lines.find(
    ([origin, component, codename]) => `${origin} ${component}` === "Debian main" && !codename.includes("-"),
  );
  if (line === undefined) {
    throw new Error("cannot make a bare root: apt knows no mirror of Debian here");
  }
  return { release: line[2], mirror: line[3] };
}

function output(program, args) {
  return (spawnSync(program, args, { encoding: "utf8" }).stdout ?? "").trim().split("\n");
}
