import type { Client } from "@temporalio/client";
import type { Payload } from "@temporalio/common";

/** The value of a payload that a worker or a client has sent. @throws if it cannot be decoded or decrypted */
export async function decodePayload(payload: Payload, { options }: Client): Promise<unknown> {
  const { payloadCodecs, payloadConverter } = options.loadedDataConverter;
  let payloads = [payload];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  return payloads[0] && payloadConverter.fromPayload(payloads[0]);
}
