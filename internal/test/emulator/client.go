package emulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// Invoke starts an execution environment without the emulator, by a server of Lambda's
// runtime API (version 2018-06-01) in this process, invokes the function once with a JSON
// event, and ends the environment. The answer has no Init.
func (c Client) Invoke(ctx context.Context, f Function, event string) (a Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	posted := make(chan []byte, 8)
	server := httptest.NewServer(runtimeAPI(ctx, event, posted))
	defer server.Close()
	defer cancel() // ends requests that wait, before the server is closed
	command, remove, err := c.command(ctx, f)
	if err != nil {
		return a, err
	}
	defer remove()
	var log syncBuffer
	command.Stdout, command.Stderr = &log, &log
	command.Env = append(command.Env, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"))
	if err := command.Start(); err != nil {
		return a, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case a.Payload = <-posted:
		cancel()
		<-ended
	case err = <-ended:
		err = fmt.Errorf("the function ended without an answer: %w", err)
	}
	if a.Log = log.String(); err != nil {
		return a, fmt.Errorf("%w\n%s", err, a.Log)
	}
	return a, nil
}

// runtimeAPI serves one event, and passes on what the function answers.
func runtimeAPI(ctx context.Context, event string, posted chan<- []byte) http.Handler {
	events := make(chan string, 1)
	events <- event
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case next := <-events:
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:lamella")
			_, _ = io.WriteString(w, next)
		case <-ctx.Done():
		}
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) { // a response or an error
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		select {
		case posted <- body:
		default: // nobody waits for more than one
		}
	})
	return mux
}
