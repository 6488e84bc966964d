// Sqlite was built for the first generation: sqlite_exec takes 4 parameters
// and answers with a code only.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"example.com/guests/wire"
	"github.com/vmihailenco/msgpack/v5"
)

//go:wasmimport pulp sqlite_exec
func sqliteExec(sqlPtr, sqlLen, paramsPtr, paramsLen uint32) uint32

//go:wasmimport pulp sqlite_query
func sqliteQuery(sqlPtr, sqlLen, paramsPtr, paramsLen, ptrOut, lenOut uint32) uint32

type statement struct {
	SQL    string `msgpack:"sql"`
	Params []any  `msgpack:"params"`
}

type found struct {
	Code    uint32   `msgpack:"code"`
	Columns []string `msgpack:"columns"`
	Rows    [][]any  `msgpack:"rows"`
	Error   string   `msgpack:"error"`
}

func main() {}

func init() {
	wire.Provide("exec", func(args []byte) ([]byte, error) {
		var s statement
		if err := msgpack.Unmarshal(args, &s); err != nil {
			return nil, err
		}
		code, err := exec(s.SQL, s.Params)
		if err != nil {
			return nil, err
		}
		return msgpack.Marshal(code)
	})
	wire.Provide("query", func(args []byte) ([]byte, error) {
		var s statement
		if err := msgpack.Unmarshal(args, &s); err != nil {
			return nil, err
		}
		result, err := query(s.SQL, s.Params)
		if err != nil {
			return nil, err
		}
		return msgpack.Marshal(result)
	})
	// types writes one value of each kind and asserts what it reads back.
	wire.Provide("types", func([]byte) ([]byte, error) {
		if err := types(); err != nil {
			return nil, err
		}
		return wire.Text("ok")
	})
}

func types() error {
	if code, err := exec("CREATE TABLE IF NOT EXISTS kinds (i, r, t, b, n)", nil); err != nil || code != 0 {
		return fmt.Errorf("create: code %d, %v", code, err)
	}
	code, err := exec("INSERT INTO kinds VALUES (?, ?, ?, ?, ?)",
		[]any{int64(math.MaxInt64), 1.0, "Grüße 🌍", []byte{0, 1, 255}, nil})
	if err != nil || code != 0 {
		return fmt.Errorf("insert: code %d, %v", code, err)
	}
	result, err := query("SELECT i, r, t, b, n, 1 AS one FROM kinds", nil)
	if err != nil {
		return err
	}
	if result.Code != 0 || len(result.Rows) == 0 {
		return fmt.Errorf("query: code %d, %s", result.Code, result.Error)
	}
	row := result.Rows[0]
	if v, ok := row[0].(int64); !ok || v != math.MaxInt64 {
		return fmt.Errorf("INTEGER is %T %v", row[0], row[0])
	}
	if v, ok := row[1].(float64); !ok || v != 1 {
		return fmt.Errorf("REAL is %T %v", row[1], row[1])
	}
	if v, ok := row[2].(string); !ok || v != "Grüße 🌍" {
		return fmt.Errorf("TEXT is %T %v", row[2], row[2])
	}
	if v, ok := row[3].([]byte); !ok || !bytes.Equal(v, []byte{0, 1, 255}) {
		return fmt.Errorf("BLOB is %T %v", row[3], row[3])
	}
	if row[4] != nil {
		return fmt.Errorf("NULL is %T %v", row[4], row[4])
	}
	if v, ok := row[5].(int64); !ok || v != 1 {
		return fmt.Errorf("small INTEGER is %T %v", row[5], row[5])
	}
	return nil
}

func exec(sql string, params []any) (uint32, error) {
	text, encoded, err := encode(sql, params)
	if err != nil {
		return 0, err
	}
	return sqliteExec(wire.Address(text), uint32(len(text)),
		wire.Address(encoded), uint32(len(encoded))), nil
}

func query(sql string, params []any) (found, error) {
	var result found
	text, encoded, err := encode(sql, params)
	if err != nil {
		return result, err
	}
	out := new(wire.Out)
	ptrOut, lenOut := out.Pointers()
	code := sqliteQuery(wire.Address(text), uint32(len(text)),
		wire.Address(encoded), uint32(len(encoded)), ptrOut, lenOut)
	if response := out.Take(); len(response) > 0 {
		err = msgpack.Unmarshal(response, &result)
	} else if code == 0 {
		err = errors.New("no response")
	}
	result.Code = code
	return result, err
}

func encode(sql string, params []any) (text, encoded []byte, err error) {
	if len(params) > 0 {
		encoded, err = msgpack.Marshal(params)
	}
	return []byte(sql), encoded, err
}
