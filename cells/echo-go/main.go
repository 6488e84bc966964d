// Echo-go answers GET /echo/:msg with the message, and POST /echo with the
// body and the content type that came in.
package main

import "github.com/vmihailenco/msgpack/v5"

type event struct {
	Kind    string             `msgpack:"kind"`
	Payload msgpack.RawMessage `msgpack:"payload"`
}

type httpRequest struct {
	ID      uint64            `msgpack:"id"`
	Method  string            `msgpack:"method"`
	Path    string            `msgpack:"path"`
	Params  map[string]string `msgpack:"params"`
	Query   map[string]string `msgpack:"query"`
	Headers map[string]string `msgpack:"headers"`
	Body    []byte            `msgpack:"body"`
}

type httpResponse struct {
	ID      uint64            `msgpack:"id"`
	Status  uint32            `msgpack:"status"`
	Headers map[string]string `msgpack:"headers"`
	Body    []byte            `msgpack:"body"`
}

type route struct {
	Method string `msgpack:"method"`
	Path   string `msgpack:"path"`
}

//go:wasmexport pulp_init
func pulpInit(_, _ uint32) int32 {
	for _, r := range []route{{"GET", "/echo/:msg"}, {"POST", "/echo"}} {
		request, err := msgpack.Marshal(r)
		if err != nil {
			return 1
		}
		if code := send(httpRegister, request); code != 0 {
			return int32(100 + code)
		}
	}
	return 0
}

//go:wasmexport pulp_step
func pulpStep(ptr, length uint32) int32 {
	payload := payloadOf(bytesAt(ptr, length))
	if len(payload) == 0 {
		return 0
	}
	var e event
	if err := msgpack.Unmarshal(payload, &e); err != nil {
		return 1
	}
	if e.Kind != "http.request" {
		return 0
	}
	var request httpRequest
	if err := msgpack.Unmarshal(e.Payload, &request); err != nil {
		return 2
	}
	response, err := msgpack.Marshal(answer(request))
	if err != nil {
		return 3
	}
	return int32(send(httpRespond, response))
}

//go:wasmexport pulp_shutdown
func pulpShutdown() int32 { return 0 }

func answer(request httpRequest) httpResponse {
	contentType := "text/plain; charset=utf-8"
	body := []byte(request.Params["msg"])
	if request.Method == "POST" {
		body = request.Body
		contentType = request.Headers["Content-Type"]
		if contentType == "" {
			contentType = "application/octet-stream"
		}
	}
	return httpResponse{
		ID:      request.ID,
		Status:  200,
		Headers: map[string]string{"Content-Type": contentType},
		Body:    body,
	}
}

func main() {}
