// Wasi uses everything of WASI that Go's standard library reaches for.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"example.com/guests/wire"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {}

func init() {
	text := func(name string, provider func() string) {
		wire.Provide(name, func([]byte) ([]byte, error) { return wire.Text(provider()) })
	}
	text("print", func() string {
		fmt.Println("a line on stdout")
		fmt.Fprintln(os.Stderr, "a line on stderr")
		fmt.Print("two lines\nin one write\n")
		fmt.Print("a line ")
		fmt.Print("in ")
		fmt.Println("three writes")
		fmt.Print("no newline at the end")
		return "printed"
	})
	text("time", func() string { return time.Now().UTC().Format(time.RFC3339Nano) })
	text("random", func() string {
		bytes := make([]byte, 16)
		if _, err := rand.Read(bytes); err != nil {
			return err.Error()
		}
		return hex.EncodeToString(bytes)
	})
	wire.Provide("sleep", func([]byte) ([]byte, error) {
		start := time.Now()
		time.Sleep(50 * time.Millisecond)
		return msgpack.Marshal(time.Since(start).Milliseconds())
	})
	text("env", func() string { return strings.Join(os.Environ(), "\n") })
	text("args", func() string { return fmt.Sprintf("%q", os.Args) })
	text("stdin", func() string {
		bytes, err := io.ReadAll(os.Stdin)
		return fmt.Sprintf("%d bytes, error %v", len(bytes), err)
	})
	text("file", func() string {
		_, err := os.ReadFile("/etc/passwd")
		return fmt.Sprint(err)
	})
	text("channels", channels)
	wire.Provide("exit", func([]byte) ([]byte, error) {
		os.Exit(7)
		return nil, nil
	})
	wire.Provide("panic", func([]byte) ([]byte, error) { panic("on purpose") })
}

// channels adds up 1 to 100 in ten goroutines that also sleep.
func channels() string {
	numbers, sums := make(chan int), make(chan int, 10)
	var workers sync.WaitGroup
	for range 10 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			sum := 0
			for number := range numbers {
				sum += number
				time.Sleep(time.Microsecond)
			}
			sums <- sum
		}()
	}
	for number := 1; number <= 100; number++ {
		numbers <- number
	}
	close(numbers)
	workers.Wait()
	close(sums)
	total := 0
	for sum := range sums {
		total += sum
	}
	return fmt.Sprint(total)
}
