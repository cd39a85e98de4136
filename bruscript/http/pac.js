// The functions that a proxy auto-config file may call, besides its own FindProxyForURL.
// __hosts has the addresses resolved so far (null: the name has none), __own this machine's address.

var __needs = [];

function __find(url, host) {
  __needs = [];
  var result = FindProxyForURL(url, host);
  return JSON.stringify({ result: result == null ? "" : String(result), needs: __needs });
}

function __number(address) {
  var parts = String(address).split(".");
  if (
    parts.length !== 4 ||
    parts.some(function (p) {
      return !/^\d{1,3}$/.test(p) || +p > 255;
    })
  )
    return null;
  return ((+parts[0] << 24) | (+parts[1] << 16) | (+parts[2] << 8) | +parts[3]) >>> 0;
}

function dnsResolve(host) {
  host = String(host);
  if (__number(host) !== null) return host;
  if (!Object.prototype.hasOwnProperty.call(__hosts, host)) {
    __needs.push(host);
    return null;
  }
  return __hosts[host];
}

function isResolvable(host) { return dnsResolve(host) !== null; }
function myIpAddress() { return __own; }
function convert_addr(address) { return __number(address) || 0; }
function isPlainHostName(host) { return host.indexOf(".") < 0; }
function dnsDomainLevels(host) { return host.split(".").length - 1; }

function dnsDomainIs(host, domain) {
  return host.length >= domain.length && host.slice(-domain.length).toLowerCase() === domain.toLowerCase();
}

function localHostOrDomainIs(host, full) {
  return host === full || full.lastIndexOf(host + ".", 0) === 0;
}

function isInNet(host, pattern, mask) {
  var address = __number(dnsResolve(host));
  return address !== null && (address & __number(mask)) === (__number(pattern) & __number(mask));
}

function shExpMatch(text, pattern) {
  var source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
  return new RegExp("^" + source + "$").test(text);
}

// Of the three functions for time, the last argument may be "GMT"; a range may go over the end of the week,
// the year or the day.
function __range(low, value, high) {
  return low <= high ? low <= value && value <= high : value >= low || value <= high;
}

function __split(args) {
  var list = Array.prototype.slice.call(args);
  var utc = list[list.length - 1] === "GMT";
  if (utc) list.pop();
  var now = new Date();
  return { list: list, get: function (part) { return now[(utc ? "getUTC" : "get") + part](); } };
}

var __days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
var __months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

function weekdayRange() {
  var call = __split(arguments);
  var first = __days.indexOf(call.list[0]);
  var last = call.list.length > 1 ? __days.indexOf(call.list[1]) : first;
  return __range(first, call.get("Day"), last);
}

function timeRange() {
  var call = __split(arguments);
  var list = call.list;
  var now = call.get("Hours") * 3600 + call.get("Minutes") * 60 + call.get("Seconds");
  if (list.length === 1) return call.get("Hours") === list[0];
  if (list.length === 2) return __range(list[0] * 3600, now, list[1] * 3600 - 1);
  if (list.length === 4)
    return __range(list[0] * 3600 + list[1] * 60, now, list[2] * 3600 + list[3] * 60 - 1);
  return __range(
    list[0] * 3600 + list[1] * 60 + list[2], now, list[3] * 3600 + list[4] * 60 + list[5]);
}

function dateRange() {
  var call = __split(arguments);
  var half = call.list.length > 1 && call.list.length % 2 === 0 ? call.list.length / 2 : call.list.length;
  function key(list) {
    var value = { day: null, month: null, year: null };
    list.forEach(function (item) {
      if (typeof item === "string") value.month = __months.indexOf(item);
      else if (item > 31) value.year = item;
      else value.day = item;
    });
    return value;
  }
  var low = key(call.list.slice(0, half));
  var high = half === call.list.length ? low : key(call.list.slice(half));
  function order(value) {
    return (low.year === null ? 0 : value.year * 10000)
      + (low.month === null ? 0 : value.month * 100)
      + (low.day === null ? 0 : value.day);
  }
  var now = { day: call.get("Date"), month: call.get("Month"), year: call.get("FullYear") };
  return __range(order(low), order(now), order(high));
}
