package aws

import (
	"testing"

	"github.com/lamella-build/lamella/store"
)

// The parameter store is where the SDK's chain says that SSM is.
func TestParameterEndpoint(t *testing.T) {
	for _, test := range []struct{ region, all, own, want string }{
		{"eu-central-1", "", "", "https://ssm.eu-central-1.amazonaws.com/"},
		{"us-gov-west-1", "", "", "https://ssm.us-gov-west-1.amazonaws.com/"},
		{"cn-north-1", "", "", "https://ssm.cn-north-1.amazonaws.com.cn/"},
		{"eu-central-1", "http://all.example/", "", "http://all.example/"},
		{"eu-central-1", "http://all.example", "http://ssm.example/x", "http://ssm.example/x/"},
		{"eu-central-1", "", "http://ssm.example", "http://ssm.example/"},
	} {
		t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
		t.Setenv("AWS_ENDPOINT_URL", test.all)
		t.Setenv("AWS_ENDPOINT_URL_SSM", test.own)
		_, l, err := New(t.Context(), store.Prefix{Bucket: "b"}, Options{Account: Account{Region: test.region}})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.endpoint(t.Context(), "SSM", "ssm"); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}
