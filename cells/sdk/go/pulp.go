package main

// What stands between the cell and the host: memory, MessagePack, dispatch.
// main.go says what the cell does.

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"github.com/vmihailenco/msgpack/v5"
)

// hostCode is what a host function returned, when that was not 0.
type hostCode uint32

func (code hostCode) Error() string {
	return fmt.Sprintf("the host answers %d", uint32(code))
}

var (
	functions = map[string]func(args []byte) ([]byte, error){}
	handlers  = map[string]func(payload []byte) error{}
	onIdle    = func(now time.Time) {}
	initError []byte
	callError []byte
)

// provide makes a function that others may call. The manifest names it, too.
func provide[Args, Answer any](name string, function func(Args) (Answer, error)) {
	functions[name] = func(bytes []byte) ([]byte, error) {
		var args Args
		if len(bytes) > 0 {
			if err := msgpack.Unmarshal(bytes, &args); err != nil {
				return nil, err
			}
		}
		answer, err := function(args)
		if err != nil {
			return nil, err
		}
		return msgpack.Marshal(answer)
	}
}

// handle sets what takes the events of one kind, such as "http.request".
func handle[Event any](kind string, handler func(Event) error) {
	handlers[kind] = func(payload []byte) error {
		var event Event
		if err := msgpack.Unmarshal(payload, &event); err != nil {
			return err
		}
		return handler(event)
	}
}

// send hands a request to a host function that answers with a code only.
func send(request any, function func(ptr, length uint32) uint32) error {
	bytes, err := msgpack.Marshal(request)
	if err != nil {
		return err
	}
	return sendBytes(bytes, function)
}

func sendBytes(bytes []byte, function func(ptr, length uint32) uint32) error {
	code := function(addressOf(bytes), uint32(len(bytes)))
	runtime.KeepAlive(bytes)
	if code != 0 {
		return hostCode(code)
	}
	return nil
}

// ask hands a request to a host function, and reads its answer.
func ask(
	request any,
	function func(ptr, length, ptrOut, lenOut uint32) uint32,
	answer any,
) error {
	bytes, err := msgpack.Marshal(request)
	if err != nil {
		return err
	}
	code, response := takeAnswer(func(ptrOut, lenOut uint32) uint32 {
		return function(addressOf(bytes), uint32(len(bytes)), ptrOut, lenOut)
	})
	runtime.KeepAlive(bytes)
	if code != 0 {
		return hostCode(code)
	}
	return msgpack.Unmarshal(response, answer)
}

// out is where the host puts the address and the length of an answer.
var out [2]uint32

// takeAnswer calls a host function that answers with bytes.
func takeAnswer(function func(ptrOut, lenOut uint32) uint32) (uint32, []byte) {
	out = [2]uint32{}
	at := uint32(uintptr(unsafe.Pointer(&out)))
	code := function(at, at+4)
	answer := bytesAt(out[0], out[1])
	pulpFree(out[0], out[1])
	return code, answer
}

// held is what the host was given: Go's collector neither moves nor frees a
// block that is reachable.
var held = map[uint32][]byte{}

//go:wasmexport pulp_alloc
func pulpAlloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	return hold(make([]byte, size))
}

//go:wasmexport pulp_free
func pulpFree(ptr, _ uint32) { delete(held, ptr) }

//go:wasmexport pulp_init
func pulpInit(ptr, length uint32) int32 {
	config := map[string]any{}
	var err error
	if length > 0 {
		err = msgpack.Unmarshal(bytesAt(ptr, length), &config)
	}
	if err == nil {
		err = start(config)
	}
	if err != nil {
		initError = []byte(err.Error())
		return 1
	}
	return 0
}

//go:wasmexport pulp_step
func pulpStep(ptr, length uint32) int32 {
	const header = 20
	envelope := bytesAt(ptr, length)
	if len(envelope) < header {
		return 1
	}
	if len(envelope) == header {
		onIdle(time.Unix(0, int64(binary.LittleEndian.Uint64(envelope[8:]))))
		return 0
	}
	var event struct {
		Kind    string             `msgpack:"kind"`
		Payload msgpack.RawMessage `msgpack:"payload"`
	}
	if err := msgpack.Unmarshal(envelope[header:], &event); err != nil {
		return 2
	}
	handler, found := handlers[event.Kind]
	if !found {
		return 0
	}
	if err := handler(event.Payload); err != nil {
		fmt.Printf("%s: %v\n", event.Kind, err)
		return 3
	}
	return 0
}

//go:wasmexport pulp_shutdown
func pulpShutdown() int32 { return 0 }

//go:wasmexport pulp_on_call
func pulpOnCall(namePtr, nameLen, argsPtr, argsLen, ptrOut, lenOut uint32) uint32 {
	name := string(bytesAt(namePtr, nameLen))
	function, found := functions[name]
	if !found {
		callError = []byte("the cell does not provide it")
		return 10
	}
	answer, err := function(bytesAt(argsPtr, argsLen))
	if err != nil {
		callError = []byte(err.Error())
		return 11
	}
	binary.LittleEndian.PutUint32(bytesAt(ptrOut, 4), hold(answer))
	binary.LittleEndian.PutUint32(bytesAt(lenOut, 4), uint32(len(answer)))
	return 0
}

//go:wasmexport pulp_init_error_ptr
func pulpInitErrorPtr() uint32 { return addressOf(initError) }

//go:wasmexport pulp_init_error_len
func pulpInitErrorLen() uint32 { return uint32(len(initError)) }

//go:wasmexport pulp_on_call_error_ptr
func pulpOnCallErrorPtr() uint32 { return addressOf(callError) }

//go:wasmexport pulp_on_call_error_len
func pulpOnCallErrorLen() uint32 { return uint32(len(callError)) }

func hold(block []byte) uint32 {
	ptr := addressOf(block)
	held[ptr] = block
	return ptr
}

// bytesAt is memory that the host filled.
func bytesAt(ptr, length uint32) []byte {
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(ptr))), length)
}

func addressOf(bytes []byte) uint32 {
	if len(bytes) == 0 {
		return 0
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}
