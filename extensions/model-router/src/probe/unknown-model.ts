import { ClawError } from "@claw/kernel";
import { no, ok, user, type Probe } from "./probe.ts";

/** Whether an error of the vendor is told as what it is: a model that there is not. */
export const unknownModel: Probe = {
  name: "error for no such model",
  requests: () => 1,
  claim: () => true,
  async run({ ask }) {
    try {
      await ask({ model: "claw-probe-no-such-model", messages: [user("Reply with the one word: pong")] });
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      if (error.code === "MODEL_UNKNOWN") return ok;
      return error.retryable ? { result: "failed", reason: error.message } : no(`it is told as ${error.code}: ${error.message}`);
    }
    return no("it answered all the same");
  },
};
