/** @file Which hosts are this machine, by their name in an address. */

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @param hostname as `URL` gives it: lower case, IPv6 in brackets */
export function isLoopback(hostname: string): boolean {
  return loopback.test(hostname);
}
