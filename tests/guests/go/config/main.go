// Config asserts the Go types that its config decodes into. A host that
// writes integers in their shortest form fails here.
package main

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"example.com/guests/wire"
	"github.com/vmihailenco/msgpack/v5"
)

var seen map[string]any

func main() {}

func init() {
	wire.Init = func(config []byte) error {
		if len(config) == 0 {
			return nil
		}
		if err := msgpack.Unmarshal(config, &seen); err != nil {
			return err
		}
		return check(seen)
	}
	wire.Provide("dump", func([]byte) ([]byte, error) {
		if seen == nil {
			return wire.Text("no config")
		}
		return wire.Text(describe(seen))
	})
}

func check(config map[string]any) error {
	var problems []string
	expect := func(key string, ok bool) {
		if !ok {
			problems = append(problems, fmt.Sprintf("%s is %T %v", key, config[key], config[key]))
		}
	}
	small, ok := config["small"].(int64)
	expect("small", ok && small == 7)
	wire.Marker = small
	big, ok := config["big"].(int64)
	expect("big", ok && big == 9007199254740993)
	least, ok := config["least"].(int64)
	expect("least", ok && least == -9223372036854775808)
	ratio, ok := config["ratio"].(float64)
	expect("ratio", ok && ratio == 1.0)
	text, ok := config["text"].(string)
	expect("text", ok && text == "Grüße 🌍")
	yes, ok := config["yes"].(bool)
	expect("yes", ok && yes)
	when, ok := config["when"].(time.Time)
	expect("when", ok && when.Equal(time.Date(2026, 1, 2, 3, 4, 5, 123456000, time.UTC)))
	list, ok := config["list"].([]any)
	expect("list", ok && len(list) == 2 && list[0] == int64(1) && list[1] == int64(2))
	nested, ok := config["nested"].(map[string]any)
	expect("nested", ok && nested["port"] == int64(8080))
	deep, ok := nested["deep"].(map[string]any)
	expect("nested", ok && deep["ratio"] == 2.0)
	servers, ok := config["servers"].([]any)
	expect("servers", ok && len(servers) == 2)
	if len(problems) > 0 {
		return fmt.Errorf("wrong types: %s", strings.Join(problems, "; "))
	}
	return nil
}

func describe(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var parts []string
		for key, item := range v {
			parts = append(parts, key+"="+describe(item))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, " ") + "}"
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, describe(item))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case time.Time:
		return "time.Time(" + v.UTC().Format(time.RFC3339Nano) + ")"
	default:
		return fmt.Sprintf("%T(%v)", v, v)
	}
}
