package aws

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// splitting answers every request with a refusal whose head and body are sent in
// two writes, and says when the request's own body is read.
type splitting struct {
	pause  time.Duration // between head and body
	before bool          // the request is read before the answer
	after  bool          // it is read after the answer
}

func (s splitting) start(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	(&fakeaws.Server{URL: "http://" + listener.Addr().String()}).Use(t)
}

func (s splitting) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if s.before {
			if r.Header.Get("Expect") != "" {
				_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
			}
			_, _ = io.Copy(io.Discard, r.Body)
		}
		body := `{"Type":"User","Message":"the reason"}`
		switch {
		case r.Header.Get("X-Amz-Target") != "":
			body = `{"__type":"InvalidParameterValueException","message":"the reason"}`
		case !strings.HasPrefix(r.URL.Path, "/2018"):
			body = `<Error><Code>InvalidParameterValueException</Code><Message>the reason</Message></Error>`
		}
		_, _ = fmt.Fprintf(c, "HTTP/1.1 400 Bad Request\r\nX-Amzn-Errortype: InvalidParameterValueException\r\nContent-Length: %d\r\n\r\n", len(body))
		time.Sleep(s.pause)
		_, _ = io.WriteString(c, body)
		if s.after && r.Header.Get("Expect") == "" {
			_, _ = io.Copy(io.Discard, r.Body)
		} else if !s.before {
			return
		}
	}
}

// TestReasonInAWriteOfItsOwn: the reason of a refusal is never lost, whenever it
// comes, and however much of the request is still to be sent.
func TestReasonInAWriteOfItsOwn(t *testing.T) {
	small, large := storetest.Body([]byte("small")), storetest.Body(storetest.Random(9<<20, 9))
	calls := map[string]struct {
		runs int
		call func(t *testing.T, o *Objects, l *Layers) error
	}{
		"PublishLayerVersion": {100, func(t *testing.T, _ *Objects, l *Layers) error {
			_, err := l.Publish(t.Context(), store.Publication{Name: "deps", Description: strings.Repeat("x", 200)})
			return err
		}},
		"AddLayerVersionPermission": {5, func(t *testing.T, _ *Objects, l *Layers) error {
			return l.Grant(t.Context(), "deps", 1, store.Principal("123456789012").Grant())
		}},
		"ListLayerVersions": {5, func(t *testing.T, _ *Objects, l *Layers) error {
			_, err := l.Versions(t.Context(), "deps")
			return err
		}},
		"SetParameter": {5, func(t *testing.T, _ *Objects, l *Layers) error { return l.SetParameter(t.Context(), "p", "v") }},
		"PutObject": {5, func(t *testing.T, o *Objects, _ *Layers) error {
			_, err := o.Put(t.Context(), "k", small)
			return err
		}},
		"PutObject, large": {5, func(t *testing.T, o *Objects, _ *Layers) error {
			_, err := o.Put(t.Context(), "k", large)
			return err
		}},
		"PutObject, large, unasked": {5, func(t *testing.T, o *Objects, _ *Layers) error {
			client := o.client()
			o.client = func() *s3.Client {
				return s3.New(client.Options(), func(options *s3.Options) {
					options.ContinueHeaderThresholdBytes, options.Retryer = -1, awssdk.NopRetryer{}
				})
			}
			_, err := o.Put(t.Context(), "k", large)
			return err
		}},
	}
	for name, server := range map[string]splitting{
		"after the request":           {pause: 200 * time.Microsecond, before: true},
		"after the request, late":     {pause: 2 * time.Millisecond, before: true},
		"before the request":          {pause: 200 * time.Microsecond, after: true},
		"before the request, late":    {pause: 2 * time.Millisecond, after: true},
		"instead of reading the rest": {pause: 200 * time.Microsecond},
	} {
		for call, test := range calls {
			if strings.HasSuffix(call, "unasked") && !server.before && !server.after {
				continue // the rest of the request meets a closed connection, which net/http gives up at once
			}
			t.Run(call+" "+name, func(t *testing.T) {
				server.start(t)
				lost := 0
				for range test.runs {
					o, l, err := New(t.Context(), store.Prefix{Bucket: bucket}, Options{})
					if err != nil {
						t.Fatal(err)
					}
					if err := test.call(t, o, l); err == nil || !strings.Contains(err.Error(), "the reason") || errors.Is(err, store.ErrUnknownOutcome) {
						lost++
					}
				}
				if lost > 0 {
					t.Errorf("the reason was lost in %d of %d runs", lost, test.runs)
				}
			})
		}
	}
}
