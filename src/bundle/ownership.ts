import { lstatSync, statSync } from "node:fs";

const OTHERS_MAY_WRITE = 0o002;
const STICKY = 0o1000;
const ROOT = 0;

/**
 * What is in this folder is this user's doing, or root's: nobody else can put another program in the place of one that was
 * checked. True for what is not there, and on Windows, where a user's folders are closed to others.
 */
export function isOurs(folder: string): boolean {
  const own = process.getuid?.();
  if (own === undefined) {
    return true;
  }
  try {
    const found = statSync(folder);
    // A link is its owner's to change.
    const owners = [found.uid, lstatSync(folder).uid];
    const isOpen = (found.mode & OTHERS_MAY_WRITE) !== 0 && (found.mode & STICKY) === 0;
    return owners.every((owner) => owner === own || owner === ROOT) && !isOpen;
  } catch {
    // What is wrong with it, making it will tell.
    return true;
  }
}
