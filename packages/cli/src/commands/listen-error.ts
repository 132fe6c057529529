import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";

/** Explains why a server cannot listen; an error of another kind is returned as it is. */
export function listenError(error: unknown, port: number | undefined, host: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return new UserError(t`port ${port ?? ""} is in use; choose another --port, or omit it`);
    case "EACCES":
    case "EPERM":
      return new UserError(t`port ${port ?? ""} may not be used by this user; choose a --port above 1023, or omit it`);
    case "ERR_SOCKET_BAD_PORT":
      return new UserError(t`${port ?? ""} is no port; choose a --port from 1 to 65535, or omit it`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UserError(t`${host} is no address of this machine; choose another --host, or omit it`);
    default:
      return error;
  }
}
