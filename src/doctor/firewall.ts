import { type Checked, ok, warn } from "./finding.ts";

/** What can be seen of a firewall without being its administrator. */
export interface FirewallFacts {
  readonly platform: NodeJS.Platform;
  /** The ports that others must reach. */
  readonly ports: readonly number[];
  /** Path of the program that listens. */
  readonly program: string;
  readonly isUfwOn: boolean;
  readonly isFirewalldOn: boolean;
}

/** Whether a firewall may keep others out, and the command that lets them in; nothing is changed. */
export function firewallFinding({ platform, ports, program, isUfwOn, isFirewalldOn }: FirewallFacts): Checked {
  switch (platform) {
    case "win32": {
      const rule = `name=lanvid dir=in action=allow protocol=TCP localport=${ports.join(",")} profile=private`;
      return ok(
        "firewall",
        "Windows asks when lanvid first listens; on a network it treats as public, it lets nobody in",
        `if others cannot connect, run as administrator: netsh advfirewall firewall add rule ${rule}`,
      );
    }
    case "darwin": {
      const tool = "sudo /usr/libexec/ApplicationFirewall/socketfilterfw";
      return ok(
        "firewall",
        "macOS asks when lanvid first listens, if its firewall is on",
        `if others cannot connect, run: ${tool} --add "${program}" && ${tool} --unblockapp "${program}"`,
      );
    }
    default: {
      const ufw = ports.map((port) => `sudo ufw allow ${port}/tcp`).join(" && ");
      const firewalld = `sudo firewall-cmd ${ports.map((port) => `--add-port=${port}/tcp`).join(" ")}`;
      if (isUfwOn) {
        return warn("firewall", "ufw is on; only root can see its rules", `if others cannot connect, run: ${ufw}`);
      }
      return isFirewalldOn
        ? warn("firewall", "firewalld is on", `if others cannot connect, run: ${firewalld}`)
        : ok("firewall", "neither ufw nor firewalld is on");
    }
  }
}
