using Consequences;

// What a rule warns of, made to happen: the numbers on the pages of the rules are the output of this program.
//   dotnet run -c Release --project tests/Consequences -- STAB3001
var all = new Dictionary<string, Action>
{
    ["STAB2004"] = STAB2004.Run,
    ["STAB3001"] = STAB3001.Run,
    ["STAB3002"] = STAB3002.Run,
    ["STAB3003"] = STAB3003.Run,
    ["STAB3004"] = STAB3004.Run,
    ["STAB3005"] = STAB3005.Run,
    ["STAB3006"] = STAB3006.Run,
    ["STAB3007"] = STAB3007.Run,
    ["STAB3008"] = STAB3008.Run,
    ["STAB3009"] = STAB3009.Run,
    ["STAB3010"] = STAB3010.Run,
    ["STAB4001"] = STAB4001.Run,
    ["STAB4002"] = STAB4002.Run,
    ["STAB4003"] = STAB4003.Run,
    ["STAB4004"] = STAB4004.Run,
    ["STAB5001"] = STAB5001.Run,
    ["STAB5002"] = STAB5002.Run,
    ["STAB5003"] = STAB5003.Run,
    ["STAB5004"] = STAB5004.Run,
    ["STAB5005"] = STAB5005.Run,
    ["STAB5006"] = STAB5006.Run,
    ["STAB5008"] = STAB5008.Run,
    ["STAB5009"] = STAB5009.Run,
    ["STAB5010"] = STAB5010.Run,
    ["STAB5007"] = STAB5007.Run,
    ["STAB5011"] = STAB5011.Run,
    ["STAB5012"] = STAB5012.Run,
    ["STAB5013"] = STAB5013.Run,
    ["STAB4005"] = STAB4005.Run,
    ["STAB4006"] = STAB4006.Run,
};

if (args is [var id] && all.TryGetValue(id, out var run))
{
    run();
    return 0;
}

Console.Error.WriteLine($"Usage: Consequences RULE, where RULE is one of {string.Join(", ", all.Keys)}.");
return 2;
