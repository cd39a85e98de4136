// The isolate's side of the memory that it shares with Python: sixteen words of control, then data.
// engine/isolate.py is the other side and has the same numbers.
//
// No script may get hold of the memory: what touches it are operators, and methods that were taken from the
// language before any script runs.

const { apply } = Reflect;
const { fromCharCode } = String;
const NativeError = Error;
const Bytes = Uint8Array;
const uncurry = (method) => Function.prototype.call.bind(method);
const charCodeAt = uncurry(String.prototype.charCodeAt);
const slice = uncurry(String.prototype.slice);
const setBytes = uncurry(Object.getPrototypeOf(Uint8Array.prototype).set);

const OP = 0, LENGTH = 1, IDENT = 2, TOTAL = 3, BODY = 4;
const MORE = 1, ANSWER = 2, RECEIVE = 7;
const HEAD = 64, SIZE = 1 << 20, PART = 256;
const digits = "0123456789abcdef";

/** What the isolate asks of Python: the operations of `signal` and `send`. */
exports.operations = { CALL_SYNC: 3, CALL: 4, STEP: 5, DONE: 6, CANCEL: 8 };

/**
 * Makes the memory. `notify` calls Python and returns when Python is done.
 *
 * Returns {memory, signal, send, receive, body}.
 */
exports.createMemory = function createMemory(notify) {
  const memory = new SharedArrayBuffer(HEAD + SIZE);
  const control = new Int32Array(memory, 0, HEAD / 4);
  const data = new Bytes(memory, HEAD);
  // Filled once: writing to existing items calls no setter of a prototype.
  const units = new Array(PART).fill(0);

  const signal = (op, ident, length) => {
    control[OP] = op;
    control[IDENT] = ident;
    control[LENGTH] = length;
    notify();
  };

  /**
   * Gives Python a JSON text, as ASCII: in pieces where it is longer than the memory. By index, here and
   * below: any method that looks at a property of what it is given would hand it, and with it the memory,
   * to a script's own.
   */
  function send(op, ident, json) {
    let size = 0;
    for (let i = 0; i < json.length; i += 1) {
      if (size > SIZE - 6) {
        signal(MORE, ident, size);
        size = 0;
      }
      const unit = charCodeAt(json, i);
      if (unit < 128) {
        data[size++] = unit;
      } else {
        data[size++] = 0x5c;
        data[size++] = 0x75;
        for (let shift = 12; shift >= 0; shift -= 4)
          data[size++] = charCodeAt(digits, (unit >> shift) & 15);
      }
    }
    signal(op, ident, size);
  }

  /** The answer that Python has left in the memory: ASCII, further pieces on demand. */
  function receive() {
    const total = control[TOTAL];
    let text = piece(control[LENGTH]);
    while (text.length < total) {
      signal(ANSWER, 0, 0);
      text += piece(control[LENGTH]);
    }
    return text;
  }

  function piece(length) {
    let text = "";
    for (let at = 0; at < length; at += PART) {
      const size = at + PART < length ? PART : length - at;
      for (let i = 0; i < size; i += 1) units[i] = data[at + i];
      text += slice(apply(fromCharCode, undefined, units), 0, size);
    }
    return text;
  }

  /**
   * The response's body, or null where the job has none: {size, read}. It is fetched when it is first read;
   * `runs` says whether its job still does.
   */
  function body(runs) {
    const size = control[BODY];
    return size < 0 ? null : { size, read: () => receiveBody(size, runs) };
  }

  function receiveBody(size, runs) {
    const bytes = room(size);
    for (let at = 0; at < size; at += control[LENGTH]) {
      // A script may look at its response when another's job runs.
      if (runs()) signal(RECEIVE, at, 0);
      if (!runs() || control[LENGTH] === 0) throw new NativeError("the job has ended");
      // Not by `subarray`, which would ask a script's own constructor for the view.
      setBytes(bytes, new Bytes(memory, HEAD, control[LENGTH]), at);
    }
    return bytes;
  }

  return { memory, signal, send, receive, body };
};

function room(size) {
  try {
    return new Bytes(size);
  } catch {
    throw new NativeError(
      `The response's body of ${size} bytes does not fit into the memory of scripts (option script memory)`,
    );
  }
}
