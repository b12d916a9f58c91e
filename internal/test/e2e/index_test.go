package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// serveWheels starts an index that has the wheels of l.
func serveWheels(t *testing.T, l lockFile) *testindex.Server {
	t.Helper()
	return testindex.Start(t, testenv.Wheels(t, l.path))
}

// shuffle makes the wheels of l arrive late, each by a time of its own.
func shuffle(t *testing.T, l lockFile, server *testindex.Server) {
	t.Helper()
	wheels, err := os.ReadDir(testenv.Wheels(t, l.path))
	if err != nil {
		t.Fatal(err)
	}
	for _, wheel := range wheels {
		server.Fail("/files/"+wheel.Name(), testindex.Fault{Delay: rand.N(50 * time.Millisecond)})
	}
}

// misbehave makes an index answer in the way named by a script.
func misbehave(t *testing.T, ts *testscript.TestScript, server *testindex.Server, how string) error {
	switch how {
	case "ok":
	case "401":
		server.RequireUser("somebody", "else")
	case "404", "500":
		server.Fail("/", testindex.Fault{Status: map[string]int{"404": 404, "500": 500}[how]})
	case "429":
		server.Fail("/", testindex.Fault{Status: http.StatusTooManyRequests, RetryAfter: "0", Times: 1})
	case "redirect":
		server.RequireUser("user", "secret")
		other := testindex.Start(t, ts.MkAbs("wheels"))
		elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
		wheels, err := os.ReadDir(ts.MkAbs("wheels"))
		if err != nil {
			return err
		}
		for _, wheel := range wheels {
			server.Fail("/files/"+wheel.Name(), testindex.Fault{RedirectTo: elsewhere + "/files/" + wheel.Name()})
		}
		ts.Defer(func() {
			requests := other.Requests("/files/")
			if len(requests) == 0 {
				t.Error("nothing was fetched from where the index sent us")
			}
			for _, request := range requests {
				if request.Header.Get("Authorization") != "" {
					t.Errorf("%s was sent to the other host with credentials", request.Path)
				}
			}
		})
	default:
		return fmt.Errorf("no such behaviour of an index as %q", how)
	}
	return nil
}
