// A cell in Go. The manifest beside it says what it may do.
package main

import (
	"errors"
	//#if storage.sqlite | transport.http.inbound | transport.ws.inbound | transport.sse | network.udp | spawn.process
	"fmt"
	//#end
	//#if storage.sqlite | storage.fs | spawn.process | log.write
	"runtime"
	//#end
	//#if transport.sse
	"strconv"
	//#end
	//#if spawn.process
	"strings"
	//#end
	//#if transport.sse | spawn.process
	"time"
	//#end
	//#if transport.sse
	"unsafe"
	//#end
	//#if storage.sqlite | spawn.process

	"github.com/vmihailenco/msgpack/v5"
	//#end
)

func init() {
	provide("greet", greet)
	//#if storage.sqlite
	provide("visit", visit)
	//#end
	//#if storage.fs
	provide("remember", remember)
	provide("recall", recall)
	//#end
	//#if transport.http.outbound
	provide("fetch", fetch)
	//#end
	//#if entropy.read
	provide("token", token)
	//#end
	//#if transport.http.inbound
	handle("http.request", home)
	//#end
	//#if transport.ws.inbound
	handle("ws.frame", echo)
	//#end
	//#if network.udp
	handle("udp.packet", sendBack)
	//#end
	//#if transport.sse | spawn.process
	onIdle = idle
	//#end
}

// start runs once, before anything else. Its error is shown to the user.
//#if network.udp
func start(config map[string]any) error {
//#else
func start(_ map[string]any) error {
//#end
	//#if storage.sqlite
	if _, err := query("CREATE TABLE IF NOT EXISTS visits (page TEXT PRIMARY KEY, count INTEGER NOT NULL)"); err != nil {
		return err
	}
	//#end
	//#if transport.http.inbound
	route := map[string]string{"method": "GET", "path": "/"}
	if err := send(route, httpRegister); err != nil {
		return fmt.Errorf("cannot serve /: %w", err)
	}
	//#end
	//#if transport.ws.inbound
	if err := sendBytes([]byte("/ws"), wsRegister); err != nil {
		return fmt.Errorf("cannot serve /ws: %w", err)
	}
	//#end
	//#if transport.sse
	if err := sendBytes([]byte("/events"), sseRegister); err != nil {
		return fmt.Errorf("cannot serve /events: %w", err)
	}
	//#end
	//#if network.udp
	socket := map[string]any{}
	addr := map[string]any{"addr": config["addr"]}
	if err := ask(addr, udpListen, &socket); err != nil {
		return fmt.Errorf("cannot listen on %v: %w", config["addr"], err)
	}
	//#end
	//#if spawn.process
	if err := startProgram("whoami"); err != nil {
		return err
	}
	//#end
	//#if log.write
	logText("the cell is up")
	//#end
	return nil
}
//#if transport.sse | spawn.process

// idle runs when there is nothing else to do: every millisecond at first, then
// less often.
//#if transport.sse
func idle(now time.Time) {
//#else
func idle(_ time.Time) {
//#end
	//#if transport.sse
	emitTime(now.Unix())
	//#end
	//#if spawn.process
	readProgram()
	//#end
}
//#end

type person struct {
	Name string `msgpack:"name"`
}

type greeting struct {
	Message string `msgpack:"message"`
}

func greet(who person) (greeting, error) {
	if who.Name == "" {
		return greeting{}, errors.New(`"name" must be a string`)
	}
	return greeting{Message: "Hello, " + who.Name + "!"}, nil
}
//#if storage.sqlite

//go:wasmimport pulp sqlite_query
func sqliteQuery(sql, sqlLen, params, paramsLen, ptrOut, lenOut uint32) uint32

type page struct {
	Page string `msgpack:"page"`
}

type visits struct {
	Count int64 `msgpack:"count"`
}

func visit(which page) (visits, error) {
	rows, err := query(
		"INSERT INTO visits VALUES (?, 1) "+
			"ON CONFLICT (page) DO UPDATE SET count = count + 1 RETURNING count",
		which.Page,
	)
	if err != nil {
		return visits{}, err
	}
	count, _ := rows[0][0].(int64)
	return visits{Count: count}, nil
}

// query runs SQL in the cell's own database, which outlives the cell.
func query(sql string, params ...any) ([][]any, error) {
	text := []byte(sql)
	values, err := msgpack.Marshal(params)
	if err != nil {
		return nil, err
	}
	code, answer := takeAnswer(func(ptrOut, lenOut uint32) uint32 {
		return sqliteQuery(
			addressOf(text), uint32(len(text)),
			addressOf(values), uint32(len(values)), ptrOut, lenOut,
		)
	})
	runtime.KeepAlive(text)
	runtime.KeepAlive(values)
	var found struct {
		Rows  [][]any `msgpack:"rows"`
		Error string  `msgpack:"error"`
	}
	if len(answer) > 0 {
		if err := msgpack.Unmarshal(answer, &found); err != nil {
			return nil, err
		}
	}
	if code != 0 {
		return nil, fmt.Errorf("%s: %w", found.Error, hostCode(code))
	}
	return found.Rows, nil
}
//#end
//#if storage.fs

//go:wasmimport pulp fs_write
func fsWrite(path, pathLen, data, dataLen uint32) uint32

//go:wasmimport pulp fs_read
func fsRead(path, pathLen, ptrOut, lenOut uint32) uint32

type note struct {
	Text string `msgpack:"text"`
}

var notePath = []byte("notes/last.txt")

func remember(what note) (any, error) {
	data := []byte(what.Text)
	code := fsWrite(
		addressOf(notePath), uint32(len(notePath)),
		addressOf(data), uint32(len(data)),
	)
	runtime.KeepAlive(data)
	if code != 0 {
		return nil, hostCode(code)
	}
	return nil, nil
}

func recall(struct{}) (note, error) {
	code, data := takeAnswer(func(ptrOut, lenOut uint32) uint32 {
		return fsRead(addressOf(notePath), uint32(len(notePath)), ptrOut, lenOut)
	})
	if code != 0 {
		return note{}, hostCode(code)
	}
	return note{Text: string(data)}, nil
}
//#end
//#if transport.http.outbound

//go:wasmimport pulp http_fetch
func httpFetch(ptr, length, ptrOut, lenOut uint32) uint32

type target struct {
	URL string `msgpack:"url"`
}

type fetched struct {
	Status uint32 `msgpack:"status"`
}

// fetch makes a GET request: an absent method is that.
func fetch(what target) (fetched, error) {
	var answer fetched
	err := ask(what, httpFetch, &answer)
	return answer, err
}
//#end
//#if entropy.read

//go:wasmimport pulp entropy_read
func entropyRead(ptr, length, ptrOut, lenOut uint32) uint32

type random struct {
	Bytes []byte `msgpack:"bytes"`
}

func token(struct{}) (random, error) {
	var answer random
	err := ask(map[string]uint32{"n": 16}, entropyRead, &answer)
	return answer, err
}
//#end
//#if transport.http.inbound

//go:wasmimport pulp http_register
func httpRegister(ptr, length uint32) uint32

//go:wasmimport pulp http_respond
func httpRespond(ptr, length uint32) uint32

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

// home answers GET /.
func home(request httpRequest) error {
	response := httpResponse{
		ID:      request.ID,
		Status:  200,
		Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"},
		Body:    []byte("Hello!\n"),
	}
	//#if storage.sqlite
	if counted, err := visit(page{Page: "/"}); err == nil {
		response.Body = []byte(fmt.Sprintf("Hello! Visits: %d\n", counted.Count))
	} else {
		response.Status = 500
		response.Body = []byte(err.Error())
	}
	//#end
	return send(response, httpRespond)
}
//#end
//#if transport.ws.inbound

//go:wasmimport pulp ws_register
func wsRegister(path, pathLen uint32) uint32

//go:wasmimport pulp ws_send
func wsSend(ptr, length uint32) uint32

type frame struct {
	ConnID  uint64 `msgpack:"conn_id"`
	Opcode  uint8  `msgpack:"opcode"`
	Payload []byte `msgpack:"payload"`
}

// echo sends each message back to its client.
func echo(message frame) error { return send(message, wsSend) }
//#end
//#if transport.sse

//go:wasmimport pulp sse_register
func sseRegister(path, pathLen uint32) uint32

//go:wasmimport pulp sse_has_subscribers
func sseHasSubscribers(path, pathLen, countOut uint32) uint32

//go:wasmimport pulp sse_emit
func sseEmit(ptr, length uint32) uint32

var (
	eventsPath = []byte("/events")
	listeners  uint32
	lastSecond int64
)

// emitTime tells who listens to GET /events the time, once a second.
func emitTime(second int64) {
	if second == lastSecond {
		return
	}
	lastSecond = second
	countOut := uint32(uintptr(unsafe.Pointer(&listeners)))
	sseHasSubscribers(addressOf(eventsPath), uint32(len(eventsPath)), countOut)
	if listeners == 0 {
		return
	}
	event := map[string]string{
		"path":  "/events",
		"event": "time",
		"data":  strconv.FormatInt(second, 10),
	}
	if err := send(event, sseEmit); err != nil {
		fmt.Println("cannot send an event:", err)
	}
}
//#end
//#if network.udp

//go:wasmimport pulp udp_listen
func udpListen(ptr, length, ptrOut, lenOut uint32) uint32

//go:wasmimport pulp udp_send
func udpSend(ptr, length, ptrOut, lenOut uint32) uint32

type packet struct {
	SocketID uint64 `msgpack:"socket_id"`
	SrcAddr  string `msgpack:"src_addr"`
	Payload  []byte `msgpack:"payload"`
}

// sendBack sends each packet back to where it came from.
func sendBack(received packet) error {
	sent := map[string]any{}
	return ask(map[string]any{
		"socket_id": received.SocketID,
		"dst_addr":  received.SrcAddr,
		"payload":   received.Payload,
	}, udpSend, &sent)
}
//#end
//#if spawn.process

//go:wasmimport pulp process_run
func processRun(ptr, length uint32) uint32

//go:wasmimport pulp process_result
func processResult(id, ptrOut, lenOut uint32) uint32

// program is the one that runs; 0 = none.
var program uint32

func startProgram(argv ...string) error {
	const firstID = 100
	request, err := msgpack.Marshal(map[string]any{"argv": argv})
	if err != nil {
		return err
	}
	program = processRun(addressOf(request), uint32(len(request)))
	runtime.KeepAlive(request)
	if program < firstID {
		return fmt.Errorf("cannot start %s: %w", argv[0], hostCode(program))
	}
	return nil
}

// readProgram prints what the program wrote, once it has ended: stdout of a
// cell is the host's log.
func readProgram() {
	const running = 0
	if program == 0 {
		return
	}
	status, answer := takeAnswer(func(ptrOut, lenOut uint32) uint32 {
		return processResult(program, ptrOut, lenOut)
	})
	if status == running {
		return
	}
	program = 0
	var result struct {
		Stdout []byte `msgpack:"stdout"`
		Error  string `msgpack:"error"`
	}
	if err := msgpack.Unmarshal(answer, &result); err != nil {
		result.Error = err.Error()
	}
	fmt.Println("whoami:", strings.TrimSpace(string(result.Stdout)), result.Error)
}
//#end
//#if log.write

//go:wasmimport pulp log_write
func logWrite(level, text, textLen uint32) uint32

// logText writes a record; level 0 is debug, 1 info, 2 warn, 3 error.
func logText(text string) {
	const info = 1
	bytes := []byte(text)
	logWrite(info, addressOf(bytes), uint32(len(bytes)))
	runtime.KeepAlive(bytes)
}
//#end

// A reactor has no main of its own: the host calls what is exported.
func main() {}
