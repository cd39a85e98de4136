// What Python puts before the scripts that it runs: importing/converters.py, http/pac.py.
declare const bru: any;
declare const input: string;
declare const kind: string;
declare const module: any;
declare const options: any;
declare const require: any;
declare function FindProxyForURL(url: string, host: string): unknown;
declare const __hosts: Record<string, string | null>;
declare const __own: string;
