// gitlab-runner for the test bed: the runner's own manager with the Kubernetes
// executor only. Everything but this wiring is the upstream module.
package main

import (
	"os"
	"path/filepath"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/sirupsen/logrus"
	"github.com/urfave/cli"

	"gitlab.com/gitlab-org/gitlab-runner/commands"
	"gitlab.com/gitlab-org/gitlab-runner/common"
	"gitlab.com/gitlab-org/gitlab-runner/executors"
	"gitlab.com/gitlab-org/gitlab-runner/executors/kubernetes"
	clihelpers "gitlab.com/gitlab-org/gitlab-runner/helpers/cli"
	"gitlab.com/gitlab-org/gitlab-runner/log"
	"gitlab.com/gitlab-org/gitlab-runner/network"
	"gitlab.com/gitlab-org/gitlab-runner/router"

	_ "gitlab.com/gitlab-org/gitlab-runner/cache/s3v2"
	_ "gitlab.com/gitlab-org/gitlab-runner/shells"
)

// byName holds the executors.
var byName = map[string]common.ExecutorProvider{}

func main() {
	memlimit.SetGoMemLimitWithEnv()

	byName[common.ExecutorKubernetes] = kubernetes.NewProvider()
	for name, provider := range byName {
		if err := common.ValidateExecutorProvider(provider); err != nil {
			logrus.Fatalln("Executor", name, "cannot be registered:", err)
		}
	}
	providers := executors.NewProviderRegistry(byName)

	requests := network.NewAPIRequestsCollector()
	certificates := commands.GetDefaultCertificateDirectory()
	client := router.NewClient(
		network.NewGitLabClient(
			network.WithAPIRequestsCollector(requests),
			network.WithCertificateDirectory(certificates),
			network.WithExecutorProviderFunc(providers.GetByName),
		),
		certificates,
		common.AppVersion.UserAgent(),
	)
	defer client.Shutdown()

	app := cli.NewApp()
	app.Name = filepath.Base(os.Args[0])
	app.Usage = "a GitLab Runner (test bed build: Kubernetes executor only)"
	app.Version = common.AppVersion.ShortLine()
	cli.VersionPrinter = common.AppVersion.Printer
	app.Commands = []cli.Command{
		commands.NewListCommand(),
		commands.NewRegisterCommand(client, providers),
		commands.NewRunCommand(client, requests, providers),
		commands.NewRunSingleCommand(client, providers),
		commands.NewUnregisterCommand(client),
		commands.NewVerifyCommand(client),
	}
	app.CommandNotFound = func(_ *cli.Context, command string) {
		logrus.Fatalln("Command", command, "not found.")
	}

	clihelpers.InitCli()
	clihelpers.LogRuntimePlatform(app)
	clihelpers.FixHOME(app)
	clihelpers.WarnOnBool(os.Args)
	log.ConfigureLogging(app)

	if err := app.Run(os.Args); err != nil {
		logrus.Fatal(err)
	}
}
