package lamella_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/versions"
)

func ExampleClient_Build() {
	layer, client, done := sampleProject()
	defer done()

	built, err := client.Build(context.Background(), layer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(built.Path))
	for _, d := range built.Distributions {
		fmt.Println(d.Name, d.Version, d.Size, "bytes")
	}
	// Output:
	// greet-python3.13-arm64.zip
	// hello 1.0 385 bytes
}

func ExampleClient_Package() {
	dir, err := os.MkdirTemp("", "lamella")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	tree := filepath.Join(dir, "deps") // as "pip install -t deps" leaves it
	os.MkdirAll(filepath.Join(tree, "hello"), 0o700)
	os.WriteFile(filepath.Join(tree, "hello", "__init__.py"), []byte("print('hello')\n"), 0o600)

	built, err := new(lamella.Client).Package(context.Background(), project.PackageOptions{Dir: tree})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(built.Path), built.Entries, "file")
	// Output: deps.zip 1 file
}

func ExampleClient_Upload() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	if _, err := client.Build(ctx, layer); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		up, err := client.Upload(ctx, layer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("sent:", up.Sent)
	}
	// Output:
	// sent: true
	// sent: false
}

func ExampleClient_Publish() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	if _, err := client.Build(ctx, layer); err != nil {
		log.Fatal(err)
	}
	if _, err := client.Upload(ctx, layer); err != nil {
		log.Fatal(err)
	}
	result, err := client.Publish(ctx, layer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.ARN)
	// Output: arn:aws:lambda:local:000000000000:layer:greet:1
}

func ExampleClient_Deploy() {
	layer, client, done := sampleProject()
	defer done()

	for range 2 {
		result, err := client.Deploy(context.Background(), layer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.Outcome, result.ARN)
	}
	// Output:
	// first arn:aws:lambda:local:000000000000:layer:greet:1
	// unchanged arn:aws:lambda:local:000000000000:layer:greet:1
}

func ExampleClient_Plan() {
	layer, client, done := sampleProject()
	defer done()

	plan, err := client.Plan(context.Background(), layer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan.Outcome, "-", plan.Reason)
	for _, c := range plan.Changes {
		fmt.Println(c.Kind, c.Name)
	}
	fmt.Println("would fit", len(plan.Zip.AlsoFits), "other targets")
	// Output:
	// first - layer greet has no versions yet
	// added hello
	// would fit 13 other targets
}

func ExampleClient_History() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	if _, err := client.Deploy(ctx, layer); err != nil {
		log.Fatal(err)
	}
	published, err := client.History(ctx, layer)
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range published {
		fmt.Println(v.Version, v.Manifest, v.Target)
	}
	// Output: 1 requirements.txt python3.13/arm64
}

func ExampleClient_Show() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	layer.Share = []string{"123456789012"}
	if _, err := client.Deploy(ctx, layer); err != nil {
		log.Fatal(err)
	}
	version, err := client.Show(ctx, layer, "latest")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(version.Manifest, version.Packages[0].Name, version.Share[0].Principal)
	// Output: requirements.txt hello 123456789012
}

func ExampleClient_Rollback() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	for _, exclude := range [][]string{nil, {"hello/**"}} {
		layer.Exclude = exclude
		if _, err := client.Deploy(ctx, layer); err != nil {
			log.Fatal(err)
		}
	}
	for range 2 {
		result, err := client.Rollback(ctx, layer, "1")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.Outcome, result.Version)
	}
	// Output:
	// rolled-back 3
	// unchanged 3
}

func ExampleClient_Verify() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	if _, err := client.Deploy(ctx, layer); err != nil {
		log.Fatal(err)
	}
	verified, err := client.Verify(ctx, layer, "1", true)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("version", verified.Version, "is what", verified.From, "makes")
	// Output: version 1 is what requirements.txt makes
}

func ExampleClient_PlanPrune() {
	layer, client, done := sampleProject()
	defer done()
	ctx := context.Background()

	layer.Force = true
	for range 3 {
		if _, err := client.Deploy(ctx, layer); err != nil {
			log.Fatal(err)
		}
	}
	plan, err := client.PlanPrune(ctx, layer, versions.PruneOptions{Keep: 1})
	if err != nil {
		log.Fatal(err)
	}
	pruned, err := plan.Execute(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range pruned.Delete {
		fmt.Println("deleted", v.Version)
	}
	for _, v := range pruned.Keep {
		fmt.Println("kept", v.Version, "-", v.Reason)
	}
	// Output:
	// deleted 2
	// deleted 1
	// kept 3 - the latest
}

// sampleProject makes a project that needs one small wheel, which lies in a
// folder beside it, and a layer of it that goes to a local folder.
func sampleProject() (layer lamella.Layer, client *lamella.Client, done func()) {
	dir, err := os.MkdirTemp("", "lamella")
	if err != nil {
		log.Fatal(err)
	}
	wheel := sampleWheel()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			log.Fatal(err)
		}
	}
	write("hello-1.0-py3-none-any.whl", wheel)
	write("requirements.txt", fmt.Appendf(nil, "hello==1.0 --hash=sha256:%x\n", sha256.Sum256(wheel)))
	layer = lamella.Layer{
		Project: dir, Name: "greet", Runtime: "python3.13", Architecture: "arm64",
		Build:       lamella.Build{FindLinks: []string{dir}},
		Destination: lamella.Destination{To: filepath.Join(dir, "aws")},
	}
	return layer, &lamella.Client{CacheDir: filepath.Join(dir, "cache")}, func() { os.RemoveAll(dir) }
}

func sampleWheel() []byte {
	files := [][2]string{
		{"hello/__init__.py", "print('hello')\n"},
		{"hello-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n"},
		{"hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	}
	const recordName = "hello-1.0.dist-info/RECORD"
	record := ""
	for _, f := range files {
		sum := sha256.Sum256([]byte(f[1]))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", f[0], base64.RawURLEncoding.EncodeToString(sum[:]), len(f[1]))
	}
	files = append(files, [2]string{recordName, record + recordName + ",,\n"})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err != nil {
			log.Fatal(err)
		}
		w.Write([]byte(f[1]))
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}
