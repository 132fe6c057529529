import { InterceptingCall, Metadata, status, type InterceptorOptions, type NextCall } from "@grpc/grpc-js";
import {
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from "@temporalio/client";

export interface ClientConnection {
  readonly connection: Connection;
  /** Closes the connection. A request in flight may still end; none is sent again, and none is started. */
  readonly close: () => Promise<void>;
}

/**
 * Connects a client to Temporal, and lets it close while requests are in flight: the command may end before its last query.
 * Temporal's own interceptor sends a failed request again after 0.1 s or more, also on a connection that was closed
 * meanwhile, and gRPC then throws an error that nothing can catch.
 */
export async function connectClient(options: ConnectionOptions): Promise<ClientConnection> {
  let isClosed = false;
  const refuseIfClosed = (call: InterceptorOptions, next: NextCall): InterceptingCall =>
    isClosed ? refusedCall() : new InterceptingCall(next(call));
  const connection = await Connection.connect({
    ...options,
    // The first interceptor is the outermost: each try passes the second one.
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), refuseIfClosed],
  });
  return {
    connection,
    close() {
      isClosed = true;
      return connection.close();
    },
  };
}

const nothing = () => undefined;

/** A call that ends as soon as it starts, without a connection. */
function refusedCall(): InterceptingCall {
  const unused = {
    cancelWithStatus: nothing,
    getPeer: () => "",
    start: nothing,
    sendMessageWithContext: nothing,
    sendMessage: nothing,
    startRead: nothing,
    halfClose: nothing,
    getAuthContext: () => null,
  };
  return new InterceptingCall(unused, {
    start: (_metadata, listener) => {
      // Every call reports a message before its status, and Temporal's interceptor relies on that.
      listener.onReceiveMessage(null);
      listener.onReceiveStatus({
        code: status.CANCELLED,
        details: "the connection is closed",
        metadata: new Metadata(),
      });
    },
  });
}
