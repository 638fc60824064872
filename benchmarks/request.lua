-- Tell wrk what to send: the method and a file with the body. The path and the headers are on its command line.
function init(arguments)
   wrk.method = arguments[1]
   local file = assert(io.open(arguments[2], "rb"))
   wrk.body = file:read("*a")
   file:close()
end
