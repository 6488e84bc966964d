package main

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

// buffers holds what the host was given: Go's collector neither moves nor
// frees a block that is reachable.
var buffers = map[uint32][]byte{}

//go:wasmexport pulp_alloc
func pulpAlloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	block := make([]byte, size)
	ptr := addressOf(block)
	buffers[ptr] = block
	return ptr
}

//go:wasmexport pulp_free
func pulpFree(ptr, _ uint32) {
	delete(buffers, ptr)
}

//go:wasmimport pulp http_register
func httpRegister(ptr, length uint32) uint32

//go:wasmimport pulp http_respond
func httpRespond(ptr, length uint32) uint32

// send passes an encoded request to a host function.
func send(function func(ptr, length uint32) uint32, request []byte) uint32 {
	code := function(addressOf(request), uint32(len(request)))
	runtime.KeepAlive(request)
	return code
}

// bytesAt is what the host wrote to a block of pulp_alloc.
func bytesAt(ptr, length uint32) []byte {
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(ptr))), length)
}

func addressOf(bytes []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}

// payloadOf takes the event out of a step envelope; nil on an idle step.
func payloadOf(envelope []byte) []byte {
	const header = 20
	if len(envelope) < header {
		return nil
	}
	length := binary.LittleEndian.Uint32(envelope[16:])
	if uint64(length) > uint64(len(envelope)-header) {
		return nil
	}
	return envelope[header : header+int(length)]
}
