// A reactor that uses much of the standard library: goroutines, maps, JSON,
// regular expressions, compression, panics.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"sync"
)

//go:wasmexport work
func work(n int32) int32 {
	counts := map[string]int{}
	for i := 0; i < int(n); i++ {
		counts[fmt.Sprintf("key%d", i%97)] += i
	}
	encoded, _ := json.Marshal(counts)
	var decoded map[string]int
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		return -1
	}
	keys := make([]string, 0, len(decoded))
	for key := range decoded {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	text := regexp.MustCompile(`key(\d+)`).ReplaceAllString(strings.Join(keys, ","), "<$1>")
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	writer.Write([]byte(text))
	writer.Close()
	sum := sha256.Sum256(append(encoded, packed.Bytes()...))
	return int32(sum[0])<<16 | int32(sum[1])<<8 | int32(sum[2])
}

//go:wasmexport threads
func threads(n int32) int32 {
	results := make(chan int32)
	var group sync.WaitGroup
	for i := int32(0); i < n; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			results <- i * i
		}()
	}
	go func() {
		group.Wait()
		close(results)
	}()
	var sum int32
	for result := range results {
		sum += result
	}
	return sum
}

//go:wasmexport recovers
func recovers(n int32) (result int32) {
	defer func() {
		if recover() != nil {
			result = -n
		}
	}()
	var empty []int32
	return empty[n]
}

func main() {}
