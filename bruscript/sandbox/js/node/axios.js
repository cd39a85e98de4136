// axios: the library itself, with an adapter that hands the request to the host.

"use strict";

const { send } = require("web/send");
const { concatenate } = require("web/blob");
const { encodeUtf8, decodeUtf8, bytesOf } = require("web/encoding");

const adapters = require("kernel/table").weakTable();

/** The adapter of that axios under another name in reports. */
exports.adapterOf = (axios, sentBy) => (config) => adapters.get(axios)(config, sentBy);

exports.define = function define(modules, module) {
  const axios = modules.bundle("axios");
  const { AxiosError, AxiosHeaders } = axios;
  adapters.set(axios, adapter);
  axios.defaults.adapter = (config) => adapter(config, "axios");
  module.exports = axios;

  async function adapter(config, sentBy) {
    // What Node's URL refuses, axios does not wrap.
    const { protocol } = new globalThis.URL(absolute(config));
    if (!/^https?:$/.test(protocol))
      throw new AxiosError(`Unsupported protocol ${protocol}`, AxiosError.ERR_BAD_REQUEST, config);
    const headers = AxiosHeaders.from(config.headers);
    headers.set("User-Agent", "axios/1.16.0", false);
    const body = await bytesOfData(config, headers);
    if (body !== null && typeof config.data.pipe !== "function") headers.setContentLength(body.length, false);
    headers.set("Accept-Encoding", "gzip, compress, deflate, br", false);
    if (config.maxBodyLength > -1 && body?.length > config.maxBodyLength) {
      throw new AxiosError(
        "Request body larger than maxBodyLength limit",
        AxiosError.ERR_BAD_REQUEST,
        config,
      );
    }
    if (config.auth) {
      const { username = "", password = "" } = config.auth;
      headers.set("Authorization", `Basic ${encodeUtf8(`${username}:${password}`).toBase64()}`);
    }
    const request = { method: config.method.toUpperCase(), path: config.url };
    const sent = send({
      method: request.method,
      url: axios.getUri({ ...config, baseURL: undefined, url: absolute(config) }),
      headers: headers.toJSON(),
      body: /^(GET|HEAD)$/.test(request.method) && body !== null && body.length === 0 ? null : body,
      timeout: config.timeout || undefined,
      maxRedirects: config.maxRedirects ?? 21,
      sentBy,
    });
    const answer = await raced(sent, config, request);
    const redirected = answer.status >= 300 && answer.status < 400 && answer.headers.location !== undefined;
    if (redirected && config.maxRedirects !== 0) {
      throw new AxiosError(
        "Maximum number of redirects exceeded",
        AxiosError.ERR_FR_TOO_MANY_REDIRECTS,
        config,
        request,
      );
    }
    if (config.maxContentLength > -1 && answer.body.length > config.maxContentLength) {
      const message = `maxContentLength size of ${config.maxContentLength} exceeded`;
      throw new AxiosError(message, AxiosError.ERR_BAD_RESPONSE, config, request);
    }
    // Where a redirect has led to.
    request.res = { responseUrl: answer.url, statusCode: answer.status, headers: answer.headers };
    const response = {
      data: dataOf(answer.body, config),
      status: answer.status,
      statusText: answer.statusText,
      headers: new AxiosHeaders(answer.headers),
      config,
      request,
    };
    if (
      config.validateStatus === null ||
      config.validateStatus === undefined ||
      config.validateStatus(response.status)
    )
      return response;
    const code =
      response.status >= 400 && response.status < 500
        ? AxiosError.ERR_BAD_REQUEST
        : AxiosError.ERR_BAD_RESPONSE;
    throw new AxiosError(
      `Request failed with status code ${response.status}`,
      code,
      config,
      request,
      response,
    );
  }

  function absolute({ url = "", baseURL }) {
    return baseURL !== undefined && !/^([a-z][a-z\d+\-.]*:)?\/\//i.test(url)
      ? `${baseURL.replace(/\/?\/$/, "")}${url ? `/${url.replace(/^\/+/, "")}` : ""}`
      : url;
  }

  async function bytesOfData(config, headers) {
    const { data } = config;
    const { FormData, Blob } = globalThis;
    if (data === undefined || data === null) return null;
    if (data instanceof FormData || data instanceof Blob) {
      const [bytes, type] = require("web/body").extract(modules, data);
      if (type !== null) headers.setContentType(type);
      return bytes;
    }
    if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return bytesOf(data);
    if (typeof data.pipe === "function") return bytesOfStream(data, headers);
    if (typeof data === "string") return encodeUtf8(data);
    const message = "Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream";
    throw new AxiosError(message, AxiosError.ERR_BAD_REQUEST, config);
  }

  /** A stream of Node's; form-data's knows the headers that belong to it. */
  async function bytesOfStream(stream, headers) {
    if (typeof stream.getHeaders === "function") headers.set(stream.getHeaders());
    const { PassThrough } = modules.builtin("stream");
    const chunks = [];
    for await (const chunk of stream.pipe(new PassThrough())) chunks.push(chunk);
    return concatenate(chunks);
  }

  function dataOf(bytes, { responseType, responseEncoding }) {
    const { Buffer, Blob } = globalThis;
    if (responseType === "arraybuffer") return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (responseType === "blob") return new Blob([bytes]);
    if (responseType === "stream") return modules.builtin("stream").Readable.from([Buffer.from(bytes)]);
    if (responseEncoding && !/^utf-?8$/i.test(responseEncoding))
      return Buffer.from(bytes).toString(responseEncoding);
    return decodeUtf8(bytes).replace(/^\uFEFF/, "");
  }

  function raced(sent, config, request) {
    const { signal, cancelToken } = config;
    return new Promise((resolve, reject) => {
      const cancel = (reason) => {
        sent.cancel();
        reject(
          reason === undefined || reason.type !== undefined
            ? new axios.CanceledError(null, config, request)
            : reason,
        );
      };
      if (signal?.aborted) return cancel();
      signal?.addEventListener?.("abort", cancel);
      cancelToken?.subscribe?.(cancel);
      sent.answer.then(resolve, (error) => {
        if (error.message === "aborted") {
          reject(new AxiosError("stream has been aborted", AxiosError.ERR_BAD_RESPONSE, config, request));
          return;
        }
        const timedOut =
          config.timeout && /timed? ?out|ETIMEDOUT|ECONNABORTED/i.test(`${error.code} ${error.message}`);
        if (!timedOut) {
          reject(AxiosError.from(error, error.code ?? AxiosError.ERR_NETWORK, config, request));
          return;
        }
        const message = config.timeoutErrorMessage ?? `timeout of ${config.timeout}ms exceeded`;
        const code = config.transitional?.clarifyTimeoutError
          ? AxiosError.ETIMEDOUT
          : AxiosError.ECONNABORTED;
        reject(new AxiosError(message, code, config, request));
      });
    });
  }
};
