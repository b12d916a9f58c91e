package functions

import (
	"fmt"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store"
)

// Many layers ask, and the functions are listed once.
func TestInventoryIsReadOnce(t *testing.T) {
	server := account(t)
	server.PageSize = 2
	server.Configure("job", web(3), true)
	server.SetFunction("old", fakeaws.Function{Layers: map[string][]string{"$LATEST": {before}, "4": {layerARN + ":2"}, "12": {layerARN + ":1"}}})
	d := connect(t, server)
	server.Reset()
	e, err := editor(d)
	if err != nil {
		t.Fatal(err)
	}
	var all Inventories
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := all.Read(t.Context(), Place{"123456789012", "eu-central-1"}, e); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := server.Count("ListFunctions"); n != 4 { // 7 versions of functions, 2 a page
		t.Errorf("%d requests", n)
	}
	inventory, err := all.Read(t.Context(), Place{"123456789012", "eu-central-1"}, e)
	if err != nil {
		t.Fatal(err)
	}
	arn, _ := store.ParseARN(layerARN)
	if got := fmt.Sprint(inventory.Users(arn)); got != "[job:1 job:$LATEST old:4 old:12 web:1 web:$LATEST]" {
		t.Errorf("users %s", got)
	}
	arn.Version = 1
	if got := fmt.Sprint(inventory.Users(arn)); got != "[old:12 web:1 web:$LATEST]" {
		t.Errorf("users of version 1: %s", got)
	}
	server.Inject(fakeaws.Fault{Op: "ListFunctions", Status: 403, Code: "AccessDeniedException", Times: 9})
	if _, err := Read(t.Context(), e); err == nil {
		t.Error("a refusal is taken for an account without functions")
	}
}
