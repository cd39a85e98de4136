// What an isolate offers beyond the language: our own files are the bodies of `function (exports, require, host)`.

declare const host: {
  callSync(name: string, args?: unknown[]): any;
  call(name: string, args?: unknown[]): Promise<any>;
  begin(name: string, args?: unknown[]): { answer: Promise<any>; cancel(): void };
  now(): number;
  idle(): Promise<void>;
  guard<T>(promise: Promise<T>): Promise<T>;
};

// Installed by web/install and kernel/timers; used by name only where a script's own replacement may be used.
declare function setTimeout(callback: Function, delay?: number, ...args: unknown[]): any;
declare function clearTimeout(timer: unknown): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T, options?: { transfer?: unknown[] }): T;
declare const performance: { now(): number };
declare const console: any;
declare const process: any;
declare const Buffer: any;
declare const URL: any;
declare const URLSearchParams: any;
declare const TextEncoder: any;
declare const TextDecoder: any;

interface PropertyDescriptor {
  __proto__?: null;
}

interface PropertyDescriptorMap {
  __proto__?: null;
}

interface Uint8Array {
  toHex(): string;
  toBase64(options?: { alphabet?: string; omitPadding?: boolean }): string;
}

interface Error {
  [key: string]: any;
}
