// Package wire is what every Go guest exports, written as people write it:
// pinned buffers, an ordinary MessagePack library, nothing clever.
package wire

import (
	"encoding/binary"
	"errors"
	"runtime"
	"unsafe"

	"github.com/vmihailenco/msgpack/v5"
)

// Event is what a step carries.
type Event struct {
	Kind    string             `msgpack:"kind"`
	Payload msgpack.RawMessage `msgpack:"payload"`
}

// Init gets the encoded config; nil when there is none.
var Init = func([]byte) error { return nil }

// Step gets each event.
var Step = func(Event) int32 { return 0 }

// Marker is what probe_config_marker answers.
var Marker int64

var (
	buffers   = map[uint32][]byte{}
	providers = map[string]func([]byte) ([]byte, error){}
	initError []byte
	callError []byte
	lastCall  uint64
)

// Provide adds a function that pulp_on_call dispatches to.
func Provide(name string, provider func(args []byte) ([]byte, error)) {
	providers[name] = provider
}

// Text is an encoded string.
func Text(text string) ([]byte, error) { return msgpack.Marshal(text) }

//go:wasmexport pulp_alloc
func pulpAlloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	return keep(make([]byte, size))
}

//go:wasmexport pulp_free
func pulpFree(ptr, _ uint32) { delete(buffers, ptr) }

//go:wasmexport pulp_init
func pulpInit(ptr, length uint32) int32 {
	if err := Init(BytesAt(ptr, length)); err != nil {
		initError = []byte(err.Error())
		return 1
	}
	return 0
}

//go:wasmexport pulp_step
func pulpStep(ptr, length uint32) int32 {
	envelope := BytesAt(ptr, length)
	if len(envelope) < 20 {
		return 1
	}
	lastCall = binary.LittleEndian.Uint64(envelope)
	payload := envelope[20:]
	if int(binary.LittleEndian.Uint32(envelope[16:])) != len(payload) {
		return 2
	}
	if len(payload) == 0 {
		return 0
	}
	var event Event
	if err := msgpack.Unmarshal(payload, &event); err != nil {
		return 3
	}
	return Step(event)
}

//go:wasmexport pulp_shutdown
func pulpShutdown() int32 { return 0 }

//go:wasmexport pulp_on_call
func pulpOnCall(namePtr, nameLen, argsPtr, argsLen, ptrOut, lenOut uint32) uint32 {
	name := string(BytesAt(namePtr, nameLen))
	provider, ok := providers[name]
	err := errors.New("no provider " + name)
	var result []byte
	if ok {
		result, err = provider(BytesAt(argsPtr, argsLen))
	}
	if err != nil {
		callError = []byte(err.Error())
		return 11
	}
	if len(result) > 0 {
		binary.LittleEndian.PutUint32(BytesAt(ptrOut, 4), keep(result))
	}
	binary.LittleEndian.PutUint32(BytesAt(lenOut, 4), uint32(len(result)))
	return 0
}

//go:wasmexport pulp_init_error_ptr
func pulpInitErrorPtr() uint32 { return Address(initError) }

//go:wasmexport pulp_init_error_len
func pulpInitErrorLen() uint32 { return uint32(len(initError)) }

//go:wasmexport pulp_on_call_error_ptr
func pulpOnCallErrorPtr() uint32 { return Address(callError) }

//go:wasmexport pulp_on_call_error_len
func pulpOnCallErrorLen() uint32 { return uint32(len(callError)) }

//go:wasmexport probe_last_call
func probeLastCall() uint64 { return lastCall }

//go:wasmexport probe_config_marker
func probeConfigMarker() int64 { return Marker }

// BytesAt is memory that the host filled.
func BytesAt(ptr, length uint32) []byte {
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(ptr))), length)
}

// Address is where a slice lies; 0 for an empty one.
func Address(bytes []byte) uint32 {
	if len(bytes) == 0 {
		return 0
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}

// Send passes bytes to a host function that answers with a code only.
func Send(function func(ptr, length uint32) uint32, request []byte) uint32 {
	code := function(Address(request), uint32(len(request)))
	runtime.KeepAlive(request)
	return code
}

// Out is where the host stores a response.
type Out struct{ words [2]uint32 }

// Pointers are the two addresses to pass to the host.
func (o *Out) Pointers() (uint32, uint32) {
	at := uint32(uintptr(unsafe.Pointer(&o.words)))
	return at, at + 4
}

// Take copies the response and frees the host's block.
func (o *Out) Take() []byte {
	bytes := append([]byte(nil), BytesAt(o.words[0], o.words[1])...)
	pulpFree(o.words[0], o.words[1])
	return bytes
}

func keep(block []byte) uint32 {
	ptr := Address(block)
	buffers[ptr] = block
	return ptr
}
