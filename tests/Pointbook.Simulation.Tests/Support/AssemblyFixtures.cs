using Pointbook.Clusters;

[assembly: AssemblyFixture(typeof(SharedCluster))]
