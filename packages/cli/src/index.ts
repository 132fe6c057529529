// The package is a command; this is all that a program may import of it.
export { exitStatus, type ExitStatus } from "./errors.ts";
