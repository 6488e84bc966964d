// Sibling calls the cell that its caller names.
package main

import (
	"errors"

	"example.com/guests/wire"
	"github.com/vmihailenco/msgpack/v5"
)

//go:wasmimport pulp pulp_call
func pulpCall(targetPtr, targetLen, namePtr, nameLen, argsPtr, argsLen, ptrOut, lenOut uint32) uint32

type request struct {
	Target string `msgpack:"target"`
	Name   string `msgpack:"name"`
	Args   []byte `msgpack:"args"`
}

type result struct {
	Code  uint32 `msgpack:"code"`
	Bytes []byte `msgpack:"bytes"`
}

func main() {}

func init() {
	// relay takes {target, name, args} and answers {code, bytes}.
	wire.Provide("relay", func(args []byte) ([]byte, error) {
		var r request
		if err := msgpack.Unmarshal(args, &r); err != nil {
			return nil, err
		}
		target, name := []byte(r.Target), []byte(r.Name)
		out := new(wire.Out)
		ptrOut, lenOut := out.Pointers()
		code := pulpCall(
			wire.Address(target), uint32(len(target)),
			wire.Address(name), uint32(len(name)),
			wire.Address(r.Args), uint32(len(r.Args)),
			ptrOut, lenOut,
		)
		return msgpack.Marshal(result{code, out.Take()})
	})
	wire.Provide("echo", func(args []byte) ([]byte, error) {
		return append([]byte(nil), args...), nil
	})
	wire.Provide("fail", func([]byte) ([]byte, error) {
		return nil, errors.New("failed on purpose")
	})
}
