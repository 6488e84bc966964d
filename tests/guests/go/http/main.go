// Http answers requests in each way that a cell can, or cannot, answer.
package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"example.com/guests/wire"
	"github.com/vmihailenco/msgpack/v5"
)

//go:wasmimport pulp http_register
func httpRegister(ptr, length uint32) uint32

//go:wasmimport pulp http_respond
func httpRespond(ptr, length uint32) uint32

//go:wasmimport pulp http_fetch
func httpFetch(ptr, length, ptrOut, lenOut uint32) uint32

type route struct {
	Method string `msgpack:"method"`
	Path   string `msgpack:"path"`
}

type request struct {
	ID         uint64            `msgpack:"id"`
	Method     string            `msgpack:"method"`
	Path       string            `msgpack:"path"`
	Params     map[string]string `msgpack:"params"`
	Query      map[string]string `msgpack:"query"`
	Headers    map[string]string `msgpack:"headers"`
	Body       []byte            `msgpack:"body"`
	RemoteAddr string            `msgpack:"remote_addr"`
}

type response struct {
	ID      uint64            `msgpack:"id"`
	Status  uint32            `msgpack:"status"`
	Headers map[string]string `msgpack:"headers"`
	Cookies []string          `msgpack:"cookies,omitempty"`
	Body    []byte            `msgpack:"body"`
}

type fetchRequest struct {
	Method  string            `msgpack:"method"`
	URL     string            `msgpack:"url"`
	Headers map[string]string `msgpack:"headers"`
	Body    []byte            `msgpack:"body"`
	Timeout int64             `msgpack:"timeout,omitempty"`
}

type fetchResult struct {
	ID      uint64            `msgpack:"id"`
	Status  uint32            `msgpack:"status"`
	Headers map[string]string `msgpack:"headers"`
	Body    []byte            `msgpack:"body"`
}

var routes = []route{
	{"GET", "/inspect/:name"},
	{"POST", "/inspect/:name"},
	{"GET", "/files/*path"},
	{"GET", "/files/readme"},
	{"GET", "/sleep/:ms"},
	{"GET", "/status/:code"},
	{"GET", "/cookies"},
	{"GET", "/empty"},
	{"GET", "/silent"},
	{"GET", "/twice"},
	{"GET", "/foreign"},
	{"GET", "/panic"},
	{"POST", "/fetch"},
}

func main() {}

func init() {
	wire.Init = func([]byte) error {
		for _, r := range routes {
			encoded, err := msgpack.Marshal(r)
			if err != nil {
				return err
			}
			if code := wire.Send(httpRegister, encoded); code != 0 {
				return fmt.Errorf("http_register %s %s: code %d", r.Method, r.Path, code)
			}
		}
		return nil
	}
	wire.Step = step
}

func step(event wire.Event) int32 {
	if event.Kind != "http.request" {
		return 4
	}
	// The id must keep its width when it is decoded into any.
	var loose map[string]any
	if err := msgpack.Unmarshal(event.Payload, &loose); err != nil {
		return 5
	}
	if _, ok := loose["id"].(uint64); !ok {
		panic(fmt.Sprintf("id is %T", loose["id"]))
	}
	var r request
	if err := msgpack.Unmarshal(event.Payload, &r); err != nil {
		return 6
	}
	return answer(r)
}

func answer(r request) int32 {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	switch kind {
	case "inspect":
		return respond(response{ID: r.ID, Body: []byte(describe(r))})
	case "files":
		return respond(response{ID: r.ID, Body: []byte(fmt.Sprintf("%q", r.Params))})
	case "sleep":
		ms, _ := strconv.Atoi(rest)
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return respond(response{ID: r.ID, Body: []byte("slept")})
	case "status":
		code, _ := strconv.ParseUint(rest, 10, 32)
		return respond(response{ID: r.ID, Status: uint32(code), Body: []byte("status")})
	case "cookies":
		return respond(response{ID: r.ID, Cookies: []string{"a=1; Path=/", "b=2; HttpOnly"}})
	case "empty":
		return respond(response{ID: r.ID})
	case "twice":
		respond(response{ID: r.ID, Body: []byte("first")})
		return respond(response{ID: r.ID, Body: []byte("second")})
	case "foreign":
		code := respond(response{ID: 1 << 63, Body: []byte("not yours")})
		return respond(response{ID: r.ID, Body: []byte(fmt.Sprintf("code %d", code))})
	case "panic":
		panic("on purpose")
	case "fetch":
		return respond(fetch(r))
	}
	return 0
}

// fetch requests the URL in the body, with the method of the header X-Method.
func fetch(r request) response {
	encoded, err := msgpack.Marshal(fetchRequest{
		Method:  r.Headers["X-Method"],
		URL:     string(r.Body),
		Headers: map[string]string{"X-From": "go-http"},
	})
	if err != nil {
		return response{ID: r.ID, Status: 500, Body: []byte(err.Error())}
	}
	out := new(wire.Out)
	ptrOut, lenOut := out.Pointers()
	code := httpFetch(wire.Address(encoded), uint32(len(encoded)), ptrOut, lenOut)
	if code != 0 {
		return response{ID: r.ID, Status: 502, Body: []byte(fmt.Sprintf("code %d", code))}
	}
	var result fetchResult
	if err := msgpack.Unmarshal(out.Take(), &result); err != nil {
		return response{ID: r.ID, Status: 500, Body: []byte(err.Error())}
	}
	return response{ID: r.ID, Status: result.Status, Headers: map[string]string{
		"X-Fetched": result.Headers["Content-Type"],
	}, Body: result.Body}
}

func respond(r response) int32 {
	encoded, err := msgpack.Marshal(r)
	if err != nil {
		return -1
	}
	return int32(wire.Send(httpRespond, encoded))
}

// describe is the whole request as lines, in a fixed order.
func describe(r request) string {
	lines := []string{
		"method " + r.Method,
		"path " + r.Path,
		"body " + strconv.Quote(string(r.Body)),
		"remote_addr " + r.RemoteAddr,
	}
	for kind, pairs := range map[string]map[string]string{
		"param": r.Params, "query": r.Query, "header": r.Headers,
	} {
		for name, value := range pairs {
			lines = append(lines, fmt.Sprintf("%s %s=%s", kind, name, value))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}
