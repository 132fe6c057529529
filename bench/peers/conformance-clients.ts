// The same three calls, written as the users of each client would write them, with its defaults and a timeout per request.
import { GlobalCredentials } from "@huaweicloud/huaweicloud-sdk-core";
import clientBuilder from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js";
import type { HcClient } from "@huaweicloud/huaweicloud-sdk-core/HcClient.js";
import { createOsmClient, isApiError, isConnectionError, staticToken } from "@caselink/sdk";
import axios, { isAxiosError } from "axios";
import ky, { isHTTPError, isTimeoutError } from "ky";
import createClient from "openapi-fetch";
import type { paths } from "../../packages/sdk/src/generated/osm.ts";

export const OPERATIONS = ["create", "list", "delete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Makes the call and resolves with the result that its caller gets: "success" or the kind of error. */
export type PeerCall = (url: string, operation: Operation, timeoutMs: number) => Promise<string>;

const PATH = "/v2/servicerequest/cases/T1/relations";
const METHODS = { create: "POST", list: "GET", delete: "DELETE" } as const;
const BODIES = {
  create: { related_id_list: ["a"], group_id: "g" },
  list: undefined,
  delete: { related_id: "a", group_id: "g" },
} as const;
const TOKEN = { "X-Auth-Token": "token" };

export const CLIENTS: Record<string, PeerCall> = {
  async "@caselink/sdk"(url, operation, timeoutMs) {
    // No jitter, so that the table is reproducible.
    const client = createOsmClient({ endpoint: url, auth: staticToken("token"), timeoutMs, random: () => 1 });
    try {
      if (operation === "create") await client.createAssociations({ ticketId: "T1", relatedIds: ["a"], groupId: "g" });
      else if (operation === "list") await client.listAssociations({ ticketId: "T1" });
      else await client.deleteAssociation({ ticketId: "T1", relatedId: "a", groupId: "g" });
      return "success";
    } catch (error) {
      const executed = { no: "not executed", yes: "executed", unknown: "execution unknown" };
      if (isApiError(error)) return `${error.errorClass}, ${executed[error.execution]}`;
      if (isConnectionError(error)) return `${error.kind}, ${executed[error.execution]}`;
      throw error;
    }
  },
  async "openapi-fetch"(url, operation, timeoutMs) {
    const client = createClient<paths>({ baseUrl: url, headers: TOKEN });
    const options = { params: { path: { case_id: "T1" } }, signal: AbortSignal.timeout(timeoutMs) };
    const path = "/v2/servicerequest/cases/{case_id}/relations";
    try {
      const { error } = await (operation === "create"
        ? client.POST(path, { ...options, body: BODIES.create as never })
        : operation === "list"
          ? client.GET(path, options)
          : client.DELETE(path, { ...options, body: BODIES.delete }));
      return error === undefined ? "success" : "`error` (no throw)";
    } catch {
      return "exception";
    }
  },
  async ky(url, operation, timeoutMs) {
    const json = BODIES[operation];
    try {
      await ky(`${url}${PATH}`, {
        method: METHODS[operation],
        headers: TOKEN,
        timeout: timeoutMs,
        ...(json && { json }),
      }).json();
      return "success";
    } catch (error) {
      return isHTTPError(error) ? "HTTPError" : isTimeoutError(error) ? "TimeoutError" : "exception";
    }
  },
  async axios(url, operation, timeoutMs) {
    try {
      await axios.request({
        url: `${url}${PATH}`,
        method: METHODS[operation],
        headers: TOKEN,
        timeout: timeoutMs,
        data: BODIES[operation],
      });
      return "success";
    } catch (error) {
      return isAxiosError(error) ? "AxiosError" : "exception";
    }
  },
  async "huaweicloud-sdk-core"(url, operation, timeoutMs) {
    const credentials = new GlobalCredentials().withAk("ak").withSk("sk").withDomainId("domain");
    const client = new clientBuilder.ClientBuilder<HcClient>((core) => core, "GlobalCredentials")
      .withCredential(credentials)
      .withEndpoint(url)
      .withOptions({ axiosRequestConfig: { timeout: timeoutMs }, customUserAgent: "conformance" })
      .build();
    try {
      await client.sendRequest({
        url: PATH,
        method: METHODS[operation],
        contentType: "application/json",
        queryParams: {},
        pathParams: {},
        headers: {},
        ...(BODIES[operation] && { data: BODIES[operation] }),
      });
      return "success";
    } catch (error) {
      return (error as Error).constructor.name;
    }
  },
};
