// Preloaded into the processes of the tests: each action on a workflow is sent 5 s late, and its response comes 1 s late, as on
// a machine that is very busy. A test that acts on a batch and fails then has a batch that may end before.
const Module = require("node:module");

const BEFORE_MS = 5_000;
const AFTER_MS = 1_000;
const ACTION =
  /\/(Start|Signal|SignalWithStart|Update|Terminate|RequestCancel|Reset)WorkflowExecution$|\/(ExecuteMultiOperation|ResetActivity)$/;

const load = Module._load;
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request === "@grpc/grpc-js" && Module._load !== load) {
    Module._load = load;
    delayActions(loaded.Client.prototype);
  }
  return loaded;
};

function delayActions(client) {
  const { makeUnaryRequest } = client;
  client.makeUnaryRequest = function (path, ...rest) {
    if (!ACTION.test(path)) return makeUnaryRequest.call(this, path, ...rest);
    const respond = rest.pop();
    const respondLate = (...response) => setTimeout(() => respond(...response), AFTER_MS);
    let call;
    const timer = setTimeout(() => {
      call = makeUnaryRequest.call(this, path, ...rest, respondLate);
    }, BEFORE_MS);
    const cancel = () => {
      clearTimeout(timer);
      call?.cancel();
    };
    return { cancel };
  };
}
