/** What stands where a secret was. */
const HIDDEN = "…";
/** Shorter words are not looked for in what ffmpeg says: they would be found anywhere. */
const SECRET_CHARACTERS = 4;
/** Options of ffmpeg whose value is a secret, or may hold one. */
const SECRET_OPTIONS =
  /^-(headers|cookies|authorization|http_proxy|referer|(.*_)?(password|passwd|passphrase|secret|token|crypto_?key|decryption_key|encryption_key|key))$/;
/** In a word of a command line, and in a sentence: what follows an address ends it. */
const QUERY = /((?:[a-z][a-z0-9+.-]*:)?\/\/[^\s?#"']+)[?#][^\s"']*?(?=[,:;.)\]]*(?:["'\s]|$))/gi;
/** The last `@` before the path ends what is said of a user, as ffmpeg has it: a password may hold others. */
const USER = /\/\/[^\s/?#"']*@/g;
/** An address, as far as its path may have a secret. */
const ADDRESS = /[a-z][a-z0-9+.-]*:\/\/[^\s"']+/gi;
/** A secret in a path, by its name: `/user=admin&password=word&channel=1`, `/user=admin_password=word_channel=1`. */
const FIELD =
  /((?:pass(?:word|wd|phrase|code)?|pwd|psw|token|secret|auth)[=:])([^\s"'/&;?#]+?)(?=[/&;?#]|_[a-z]+=|[,:.)\]]{0,3}(?:["'\s]|$))/gi;
const AUTHORIZATION = /\b(authorization|cookie|www-authenticate)\s*[:=].*/gi;

/** A text for the person here, its addresses without what may be secret: user, query, fragment, and passwords in the path. */
export function withoutSecrets(text: string): string {
  return text
    .replace(QUERY, "$1")
    .replace(USER, "//")
    .replace(ADDRESS, (address) => address.replace(FIELD, `$1${HIDDEN}`))
    .replace(AUTHORIZATION, (_, name: string) => `${name}: ${HIDDEN}`);
}

/** Hides the secrets of a command line, in it and in what the command says. */
export class Redaction {
  readonly #secrets: readonly string[];

  constructor(args: readonly string[]) {
    const found = new Set(args.flatMap((arg, index) => secretsOf(arg, args[index - 1] ?? "")));
    this.#secrets = [...found]
      .filter((secret) => secret.length >= SECRET_CHARACTERS)
      .sort((one, other) => other.length - one.length);
  }

  text(text: string): string {
    return withoutSecrets(this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text));
  }

  /** The command line, as it may be shown. */
  command(words: readonly string[]): string[] {
    return words.map((word, index) => (SECRET_OPTIONS.test(words[index - 1] ?? "") ? HIDDEN : withoutSecrets(word)));
  }
}

/** What is secret in an argument, as it is written and as it is meant. */
function secretsOf(arg: string, option: string): string[] {
  if (SECRET_OPTIONS.test(option)) {
    return arg.split(/[\r\n]+/).flatMap((line) => [line, line.slice(line.indexOf(":") + 1).trim()]);
  }
  const [, rest = ""] = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/is.exec(arg) ?? [];
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf("@")));
  const password = user.includes(":") ? user.slice(user.indexOf(":") + 1) : "";
  const query = /[?#](.*)$/s.exec(rest)?.[1] ?? "";
  const values = query.split(/[&;#]/).map((field) => field.slice(field.indexOf("=") + 1));
  const inPath = [...rest.matchAll(FIELD)].map(([, , value = ""]) => value);
  return [user, password, query, ...values, ...inPath].flatMap((secret) => [secret, decoded(secret)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It is no escaped text.
    return text;
  }
}
