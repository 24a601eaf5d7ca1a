namespace StabilityAnalyzers.Package.Tests.Kit;

/// <summary>The packages are packed once for all tests.</summary>
[CollectionDefinition(nameof(PackageFeed))]
public sealed class PackageFeedCollection : ICollectionFixture<PackageFeed>;
