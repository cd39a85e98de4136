// What an isolate offers beyond the language. Our own files are the bodies of
// `function (exports, require, host)`.

/** Calls out of the isolate; see js/kernel/bootstrap.js. */
declare const host: any;

// Installed by web/install and kernel/timers.
declare var Blob: any;
declare var Buffer: any;
declare var DOMException: any;
declare var Event: any;
declare var EventTarget: any;
declare var File: any;
declare var FormData: any;
declare var Headers: any;
declare var AbortController: any;
declare var ReadableStream: any;
declare var TextDecoder: any;
declare var TextEncoder: any;
declare var URL: any;
declare var URLSearchParams: any;
declare var atob: any;
declare var btoa: any;
declare var clearImmediate: any;
declare var clearInterval: any;
declare var clearTimeout: any;
declare var console: any;
declare var crypto: any;
declare var performance: any;
declare var process: any;
declare var queueMicrotask: any;
declare var setImmediate: any;
declare var setInterval: any;
declare var setTimeout: any;
declare var structuredClone: any;

// Newer than what TypeScript knows of the language, or V8's own.
interface PropertyDescriptor {
  __proto__?: null;
}

interface Uint8Array {
  toHex(): string;
  toBase64(options?: { alphabet?: string; omitPadding?: boolean }): string;
}

interface Uint8ArrayConstructor {
  fromHex(text: string): Uint8Array;
  fromBase64(text: string, options?: { alphabet?: string; lastChunkHandling?: string }): Uint8Array;
}

interface ErrorConstructor {
  captureStackTrace(target: object, above?: Function): void;
  prepareStackTrace?: (error: unknown, sites: any[]) => unknown;
  stackTraceLimit: number;
}

interface IteratorConstructor {
  concat(...parts: unknown[]): any;
}

interface Error {
  [key: string]: any;
}
