package testenv_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

func TestMotoAnswersThroughARecorder(t *testing.T) {
	moto := testenv.Moto(t)
	recorder := testenv.Record(t, moto)
	bucket := testenv.Bucket(t, recorder.URL)

	response, err := http.Head(moto + "/" + bucket)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("HEAD of the bucket: %s", response.Status)
	}
	if got, want := recorder.Take(), []string{"PUT /" + bucket}; !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	if again := testenv.Moto(t); again != moto {
		t.Errorf("a second call started another server: %s, then %s", moto, again)
	}
}
