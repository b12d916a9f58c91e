package testenv

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Disturber stands between a program and an AWS server and disturbs one call.
type Disturber struct {
	URL string

	mu      sync.Mutex
	calls   []string
	at      int // the call to disturb, from 0
	disturb Disturbance
}

// Disturbance answers a call in place of the server. forward lets the server
// act, and returns its answer, which is not sent on. The connection is reset if
// nothing is written.
type Disturbance func(w http.ResponseWriter, r *http.Request, forward func() *httptest.ResponseRecorder)

// Disturb starts a Disturber in front of the server at target, until t ends. It
// disturbs the call number at; nil disturbs none.
func Disturb(t testing.TB, target string, at int, disturb Disturbance) *Disturber {
	t.Helper()
	destination, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	d := &Disturber{at: at, disturb: disturb}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(destination)
		r.Out.Host = r.In.Host // it is signed, and moto's answers name it
	}, ErrorLog: log.New(io.Discard, "", 0)} // clients that are killed are no news
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		disturb := d.enter(r)
		if disturb == nil {
			proxy.ServeHTTP(w, r)
			return
		}
		// Whole, so that the client is done sending when it is disturbed.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		disturb(w, r, func() *httptest.ResponseRecorder {
			answer := httptest.NewRecorder()
			proxy.ServeHTTP(answer, r)
			return answer
		})
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	d.URL = server.URL
	return d
}

// enter notes a call and returns the disturbance if it is its turn.
func (d *Disturber) enter(r *http.Request) Disturbance {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call(r))
	if d.disturb != nil && len(d.calls)-1 == d.at {
		return d.disturb
	}
	return nil
}

// Calls lists the calls so far: "PUT layer/lease", "POST versions".
func (d *Disturber) Calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.calls...)
}

// call names a request by its method and what is the same in every test.
func call(r *http.Request) string {
	path := r.URL.Path
	if i := strings.Index(path, "/layer/"); i >= 0 {
		path = path[i+1:]
	} else if i := strings.Index(path, "/versions"); i >= 0 {
		path = path[i+1:]
	}
	if name, ok := strings.CutPrefix(path, "layer/zip/"); ok && len(name) > 8 {
		path = "layer/zip/" + name[:4] + "….zip"
	}
	switch query := r.URL.Query(); {
	case query.Has("uploads"):
		path += " (parts)"
	case query.Has("partNumber"):
		path += " (part " + query.Get("partNumber") + ")"
	case query.Has("uploadId"):
		path += " (complete)"
	}
	return r.Method + " " + path
}

// Reset breaks the connection off, before or after the server has acted.
func Reset(acted bool) Disturbance {
	return func(_ http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
		if acted {
			forward()
		}
		panic(http.ErrAbortHandler)
	}
}

// Hang does not answer until the client gives up.
func Hang(acted bool) Disturbance {
	return func(_ http.ResponseWriter, r *http.Request, forward func() *httptest.ResponseRecorder) {
		if acted {
			forward()
		}
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// Cut lets the server act and sends half of its answer.
func Cut(w http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
	answer := forward()
	body := answer.Body.Bytes()
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(max(len(body), 2)))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Poison lets the server act and puts an escape code and a line into the ARNs of
// its answer.
func Poison(w http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
	answer := forward()
	body := bytes.ReplaceAll(answer.Body.Bytes(), []byte(":layer:"), []byte(`:layer:\u001b]0;owned\u0007\n`))
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

// Refuse answers with an error of S3 or Lambda, and the server does not act.
func Refuse(status int, code string) Disturbance {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		body := "<Error><Code>" + code + "</Code><Message>as the test wants it</Message></Error>"
		w.Header().Set("Content-Type", "application/xml")
		if strings.Contains(r.URL.Path, "/2018-10-31/") {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Amzn-Errortype", code)
			body = `{"Type":"User","Message":"as the test wants it"}`
		}
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, body)
		}
	}
}

// Say answers in place of the server, as a proxy does.
func Say(status int, body string) Disturbance {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		if r.Method != http.MethodHead && status != http.StatusNoContent {
			_, _ = io.WriteString(w, body)
		}
	}
}
