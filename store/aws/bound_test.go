package aws

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/store"
)

// question is one that an answer of an operation answers.
type question = struct {
	op  string
	ask func(*testing.T, *Objects, *Layers) error
}

// questions are reads, and others whose answers are decoded in memory.
func questions() []question {
	all := []question{
		{"GetMetricData", func(t *testing.T, _ *Objects, l *Layers) error {
			return second(l.VersionMetrics(t.Context(), store.MetricsQuery{Function: "web", Alias: "live", Version: "1", From: time.Now(), To: time.Now()}))
		}},
		{"DeleteLayerVersion", func(t *testing.T, _ *Objects, l *Layers) error { return l.Delete(t.Context(), "deps", 2) }},
		{"DeleteObject", func(t *testing.T, o *Objects, _ *Layers) error { return o.Delete(t.Context(), "zip") }},
		{"AssumeRole", func(t *testing.T, _ *Objects, _ *Layers) error {
			_, l, err := New(t.Context(), store.Prefix{Bucket: bucket}, Options{Sleep: noSleep, Account: Account{RoleARN: "arn:aws:iam::123456789012:role/r"}})
			if err != nil {
				return err
			}
			return second(l.Versions(t.Context(), "deps"))
		}},
	}
	for _, q := range reads {
		if !strings.HasPrefix(q.op, "Head") && q.op != "AssumeRole" { // without a body, or in the way that tests connect
			all = append(all, q)
		}
	}
	return all
}

// TestAnswersWithoutEnd: an answer that does not end is given up, names itself in the error,
// and takes little memory. By default, each question gets some of the answers.
func TestAnswersWithoutEnd(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	every := 17
	if testenv.All() {
		every = 1
	}
	tried, memory := 0, uint64(0)
	for i, q := range questions() {
		for j, endless := range fakeaws.Endless {
			if (i*len(fakeaws.Endless)+j)%every != 0 {
				continue
			}
			server, o, l := start(t)
			arrange(t, server, o, l)
			endless.Op, endless.Times = q.op, 1000
			server.Inject(endless.Fault)
			var err error
			took := testenv.Allocated(func() { err = q.ask(t, o, l) })
			tried, memory = tried+1, max(memory, took)
			name := q.op + " answers " + endless.Name
			if took > 100<<20 {
				t.Errorf("%s: %d MB of memory", name, took>>20)
			}
			if stream := q.op == "GetObject" && !strings.HasSuffix(endless.Name, "refusal") && endless.Name != "busy"; stream {
				if !errors.Is(err, store.ErrIncomplete) { // S3 states the length of an object
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if fault.KindOf(err) != fault.Destination && !errors.Is(err, store.ErrUnknownOutcome) || len(fault.Hints(err)) == 0 {
				t.Errorf("%s: %v, hints %q", name, err, fault.Hints(err))
			}
			named := strings.Contains(fmt.Sprint(err), q.op) || slices.Contains([]string{"GetParameter", "PutParameter", "GetMetricData"}, q.op)
			if !named || !strings.Contains(err.Error(), "is larger than 4 MB") && !strings.Contains(err.Error(), "has more than 100000 values") {
				t.Errorf("%s: the error does not say which answer is too large: %v", name, err)
			}
			most := 1
			if q.op == "AssumeRole" {
				most = 3 // by the SDK's own retryer
			}
			if n := server.Count(q.op); n == 0 || n > most {
				t.Errorf("%s: asked %d times: %v", name, n, err)
			}
		}
	}
	t.Logf("%d answers, the hungriest allocated %d MB in all", tried, memory>>20)
}

// TestPublishWithoutEnd: what PublishLayerVersion did is unknown, and it is not sent again.
func TestPublishWithoutEnd(t *testing.T) {
	for _, endless := range fakeaws.Endless {
		if endless.Name == "JSON list" || endless.Name == "busy" {
			server, o, l := start(t)
			endless.Op, endless.Times = "PublishLayerVersion", 9
			server.Inject(endless.Fault)
			_, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("k")})
			if !errors.Is(err, store.ErrUnknownOutcome) || server.Count("PublishLayerVersion") != 1 {
				t.Errorf("%s: %v, sent %d times", endless.Name, err, server.Count("PublishLayerVersion"))
			}
		}
	}
}

// TestObjectsHaveABound: an object that is read into memory is not larger than a document,
// and a stream is left as soon as its answer is refused.
func TestObjectsHaveABound(t *testing.T) {
	for name, test := range map[string]struct {
		length string // Content-Length; "" for none
		etag   string
		want   string // of the error
	}{
		"larger than a document": {"1099511627776", `"0123456789abcdef0123456789abcdef"`, "larger than " + bound.Size(bound.Document)},
		"no length":              {"", `"0123456789abcdef0123456789abcdef"`, "Content-Length"},
		"no ETag":                {"1099511627776", "", "ETag"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				if test.length != "" {
					w.Header().Set("Content-Length", test.length)
				}
				if test.etag != "" {
					w.Header().Set("ETag", test.etag)
				}
				for chunk, err := make([]byte, 1<<16), error(nil); err == nil; {
					_, err = w.Write(chunk)
				}
			}))
			defer server.Close() // waits until the client is gone
			(&fakeaws.Server{URL: server.URL}).Use(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			o, _ := connect(t, store.Prefix{Bucket: bucket})
			_, _, err := o.Get(t.Context(), "k")
			wantFault(t, err, test.want)
			if len(fault.Hints(err)) == 0 {
				t.Errorf("%v has no hint", err)
			}
			if name == "larger than a document" && requests != 1 {
				t.Errorf("asked %d times", requests)
			}
		})
	}
}

// TestLimitIsNoBusyService: a service that says it is busy at endless length is not waited for.
func TestLimitIsNoBusyService(t *testing.T) {
	if awscall.IsBusy(&awscall.Refusal{Status: http.StatusServiceUnavailable}) != true || awscall.IsBusy(&awscall.LimitError{}) {
		t.Error("a busy service is not told from an answer that is too large")
	}
}
