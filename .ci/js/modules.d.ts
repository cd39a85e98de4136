// A library that the isolate has.
declare module "js-yaml";
