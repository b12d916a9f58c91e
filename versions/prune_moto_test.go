package versions

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// One of the random accounts, on moto: with functions that its Lambda made.
func TestPruneOnMoto(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	c := randomCase(random)
	c.options.Keep, c.options.OlderThan, c.options.Now = 5, 30*24*time.Hour, time.Now().Add(365*24*time.Hour)
	for n := range c.ages {
		c.ages[n] = 365 * 24 * time.Hour // moto gives its versions no other date
	}
	w := motoWorld(t)
	c.arrange(t, w)
	c.prune(t, w, random)
}

func motoWorld(t *testing.T) world {
	url := testenv.Moto(t)
	(&fakeaws.Server{URL: url}).Use(t)
	t.Setenv("AWS_REGION", testenv.Region)
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: testenv.Bucket(t, url), Path: "home"}, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := publish.Destination{Objects: o, Layers: l, Tool: "lamella test"}
	deployMany(t, d, manyVersions)

	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := lambda.NewFromConfig(cfg)
	testenv.MakeRole(t, url, "function")
	return world{
		Destination: d,
		age:         func(int64, time.Time) {},
		use: func(name string, layers map[string][]string, aliases map[string]string) {
			if err := makeFunction(t, client, name, layers, aliases); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// makeFunction publishes the versions of a function, then leaves $LATEST. Their
// numbers become 1, 2, … in order. Layers of other accounts are left out, which
// moto does not have.
func makeFunction(t *testing.T, client *lambda.Client, name string, layers map[string][]string, aliases map[string]string) error {
	known := func(arns []string) []string {
		return slices.DeleteFunc(slices.Clone(arns), func(arn string) bool {
			return !strings.Contains(arn, ":"+testenv.Region+":123456789012:layer:"+layer+":")
		})
	}
	_, err := client.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimePython313, Handler: awssdk.String("app.handler"),
		Role: awssdk.String("arn:aws:iam::123456789012:role/function"), Code: &types.FunctionCode{ZipFile: []byte("PK")}})
	if err != nil {
		return err
	}
	for _, version := range append(slices.Sorted(maps.Keys(layers))[1:], "$LATEST") { // "$" sorts first
		if _, err := client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Layers: known(layers[version])}); err != nil {
			return err
		}
		if version == "$LATEST" {
			break
		}
		if _, err := client.PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: &name}); err != nil {
			return err
		}
	}
	for alias, version := range aliases {
		if _, err := client.CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: &name, Name: &alias, FunctionVersion: &version}); err != nil {
			return err
		}
	}
	return nil
}
