-- wrk: sends the signed callbacks of a file, each once; lines are path, signature, body.
local file = os.getenv("CALLBACKS")
local threads = {}

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

function init(args)
  share = tonumber(os.getenv("WRK_THREADS"))
  requests = {}
  local number = 0
  for line in io.lines(file) do
    if number % share == place then
      local path, signature, body = line:match("^(%S+)\t(%S+)\t(%S+)$")
      requests[#requests + 1] = wrk.format("POST", path, {
        ["Content-Type"] = "application/x-www-form-urlencoded",
        ["X-Twilio-Signature"] = signature,
      }, body)
    end
    number = number + 1
  end
  sent = 0
  wrapped = 0
end

function request()
  sent = sent + 1
  if sent > #requests then sent = 1; wrapped = wrapped + 1 end
  return requests[sent]
end

function done(summary, latency, requests)
  local wraps = 0
  for _, thread in ipairs(threads) do wraps = wraps + thread:get("wrapped") end
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "refused": %d, "broken": %d, "p99_ms": %.1f, "wrapped": %d}\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(99) / 1000, wraps))
end
