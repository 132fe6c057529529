import { startCodecServer } from "../codec/codec-server.ts";
import { exitStatus, UserError, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { aborted, watchInterrupts } from "../run/interrupts.ts";
import { listenError } from "./listen-error.ts";
import type { CommandHost } from "../settings.ts";

export interface CodecServerCommandOptions {
  host: string;
  port?: number;
  origin: readonly string[];
}

const TOKEN = "CASELINK_CODEC_TOKEN";
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Serves decrypted payloads to Temporal's web page and CLI, in the foreground. */
export async function codecServer(
  options: CodecServerCommandOptions,
  { env }: CommandHost,
  output: Output,
): Promise<ExitStatus> {
  const [{ readKeyring }, { PayloadEncryption }] = await Promise.all([
    import("@caselink/worker"),
    import("@caselink/workflows"),
  ]);
  const keyring = readKeyring(env);
  if (!keyring)
    throw new UserError(
      t`there are no keys to decrypt with.\n  Set CASELINK_ENCRYPTION_KEY_FILE to the file that the workers have.`,
    );
  const token = env[TOKEN] || undefined;
  if (token === undefined && !LOOPBACK.test(options.host))
    throw new UserError(
      t`at ${options.host} others could read what is encrypted.\n  Set CASELINK_CODEC_TOKEN to a token that each request has to bring, or leave out --host.`,
    );
  const encryption = new PayloadEncryption(keyring);
  const decode = async (payload: Parameters<typeof encryption.decode>[0][number]) => {
    const [plain = payload] = await encryption.decode([payload]);
    return plain;
  };
  const interrupts = watchInterrupts();
  try {
    const server = await start({ ...options, decode, token });
    output.event({ event: "listening", url: server.url });
    output.print(
      t`The codec server listens on ${server.url}, with the keys ${keyring.ids.join(", ")}.\nEnter this address in Temporal's web page. Ctrl-C ends it.`,
    );
    if (options.origin.length === 0)
      output.note(t`No web page may use it yet: name its origin with --origin, such as http://localhost:8233`);
    await aborted(interrupts.detach);
    await server.close();
  } finally {
    interrupts.stop();
  }
  return exitStatus.succeeded;
}

/** @throws {UserError} if an origin is none, or if the port or the address cannot be used */
async function start({
  origin: origins,
  port = 0,
  ...options
}: CodecServerCommandOptions & Pick<Parameters<typeof startCodecServer>[0], "decode" | "token">) {
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new UserError(
        t`--origin ${origin} is no origin; it takes scheme and host, such as https://temporal.example.com`,
      );
  try {
    return await startCodecServer({ ...options, origins, port });
  } catch (error) {
    throw listenError(error, port, options.host);
  }
}
