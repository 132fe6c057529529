import type { Section } from "./section.ts";

/** Every variable that caselink reads, by what it is for. A test compares it with the code. */
export const ENVIRONMENT: readonly Section[] = [
  {
    title: "API:",
    entries: [
      ["CASELINK_ENDPOINT", "base URL of the API. Takes precedence over the address of CASELINK_SITE"],
      ["CASELINK_SITE", "cn, intl or eu: the site's address, the address of its IAM, and X-Site (not for eu)"],
      ["CASELINK_MAX_RATE", "maximum requests per second of this process; --max-rate can only lower it"],
      ["CASELINK_IN_FLIGHT", "maximum requests in flight; default: 64"],
      ["HTTP_PROXY, HTTPS_PROXY", "address of a proxy; in lower case, too"],
      ["NO_PROXY", "names, domains and ports that are called without the proxy, separated by commas"],
    ],
  },
  {
    title: "Credentials: the first that is set. They are never options:",
    entries: [
      ["CASELINK_TOKEN", "a ready-made token (X-Auth-Token)"],
      ["CASELINK_IAM_USER", "signs in with a password; the token is renewed when it expires. Needs the next two"],
      ["CASELINK_IAM_PASSWORD", "the user's password"],
      ["CASELINK_IAM_DOMAIN", "the user's account"],
      ["CASELINK_IAM_ENDPOINT", "base URL of IAM; default: that of the site"],
      ["CASELINK_IAM_PROJECT_ID", "a token for this project; default: for the account"],
      ["HUAWEICLOUD_SDK_AK", "signs the requests with this access key"],
      ["HUAWEICLOUD_SDK_SK", "its secret key"],
      ["HUAWEICLOUD_SDK_SECURITY_TOKEN", "of a temporary access key"],
      ["HUAWEICLOUD_SDK_DOMAIN_ID", "id of the account"],
      ["HUAWEICLOUD_SDK_CREDENTIALS_FILE", "a file with the access key; default: ~/.huaweicloud/credentials"],
    ],
  },
  {
    title: "State:",
    entries: [
      ["CASELINK_HOME", "state folder of local mode; default: the platform's data folder"],
      ["CASELINK_LEDGER", "folder of the batches, or s3://bucket/prefix; default: ledger in the state folder"],
      ["AWS_ENDPOINT_URL_S3", "for s3://: address of the storage; default: AWS_ENDPOINT_URL, else AWS"],
      ["AWS_REGION", "for s3://: its region; default: AWS_DEFAULT_REGION"],
      ["AWS_ACCESS_KEY_ID", "for s3://: with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE"],
      ["CASELINK_S3_ADDRESS_STYLE", "for s3://: path or virtual; default: by the address"],
    ],
  },
  {
    title: "Temporal:",
    entries: [
      ["TEMPORAL_ADDRESS", "a cluster; without one, here or in temporal.toml, Temporal runs on this machine"],
      ["TEMPORAL_*", "the rest of Temporal's own configuration, such as TEMPORAL_NAMESPACE, TEMPORAL_API_KEY"],
      ["TEMPORAL_PROFILE", "a profile of temporal.toml; default: default"],
      ["TEMPORAL_TLS", "true or false; default: true with an API key or certificates, else false"],
      ["TEMPORAL_TLS_SERVER_CA_CERT_PATH", "the authority that issued the certificate of the cluster"],
      ["TEMPORAL_TLS_CLIENT_CERT_PATH", "a client certificate; TEMPORAL_TLS_CLIENT_KEY_PATH: its key"],
      ["TEMPORAL_GRPC_META_*", "a header of each request to the cluster"],
      ["CASELINK_ENCRYPTION_KEY_FILE", "encrypts what Temporal stores: a file with lines ID:KEY; the first encrypts"],
      ["CASELINK_ENCRYPTION_KEYS", "the same lines, separated by commas, in place of the file"],
      ["CASELINK_CODEC_TOKEN", "codec-server: the token that each request has to bring"],
      ["CASELINK_TEMPORAL_CLI", "a Temporal CLI; default: temporal on the PATH, else one that is installed"],
    ],
  },
  {
    title: "Worker:",
    entries: [
      ["CASELINK_DEPLOYMENT", "Temporal's worker deployment: a batch stays on workers of one version; default: none"],
      ["CASELINK_HEALTH_ADDRESS", "host:port that responds to /live and /ready; default: none"],
      ["CASELINK_METRICS_ADDRESS", "host:port for Prometheus; default: none"],
      ["OTEL_EXPORTER_OTLP_ENDPOINT", "an OpenTelemetry collector for metrics in place of Prometheus; default: none"],
      [
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "the collector for metrics alone, as a whole URL; default: the one above",
      ],
      ["OTEL_METRICS_EXPORTER", "otlp or none; default: otlp if a collector is named"],
      ["OTEL_METRIC_EXPORT_INTERVAL", "milliseconds between two exports to the collector; default: 60000"],
      ["OTEL_SDK_DISABLED", "true: nothing goes to a collector"],
      ["OTEL_TRACES_EXPORTER", "otlp: traces go to the collector, too; default: none"],
      ["CASELINK_TRACE_TICKETS", "share of tickets that get a span, 0 to 1; default: 0.01"],
      ["CASELINK_LOG_LEVEL", "trace, debug, info, warn or error"],
      ["NODE_OPTIONS", "--max-old-space-size replaces the limit of the worker's memory"],
    ],
  },
  {
    title: "Screen:",
    entries: [
      [
        "CASELINK_LANG",
        "en or zh: the language of texts for people; default: by the locale (LC_ALL, LC_MESSAGES, LANG)",
      ],
      ["NO_COLOR", "no colours"],
      ["FORCE_COLOR", "1, 2 or 3: colours without a terminal, too; 0: none"],
      ["CLICOLOR_FORCE", "1: colours without a terminal, too"],
      ["CLICOLOR", "0: no colours"],
      ["TERM", "dumb: no colours"],
      ["CASELINK_DEBUG", "1: a stack trace for a failure"],
      ["NODE_COMPILE_CACHE", "folder for Node's compiled code; default: in the platform's cache folder"],
    ],
  },
];
