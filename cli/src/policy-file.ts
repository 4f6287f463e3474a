/** What reads an administrator's policy: a module of its own, since most machines have none. */
export { readNamedPolicy, readPolicy } from "@claw/kernel/host";
