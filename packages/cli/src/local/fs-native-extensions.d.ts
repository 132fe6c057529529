declare module "fs-native-extensions" {
  /** Takes an exclusive lock on the open file; false if another descriptor holds it. Closing the file releases it. */
  export function tryLock(fd: number): boolean;
}
