using System.Numerics.Tensors;
using AutoDev.Embeddings;

namespace AutoDev.Memento.Search;

/// <summary>
/// A workspace's skills in memory, as searching sees them: where their meaning points, and their words. A skill is as near to a task as its meaning is,
/// and as the share of the task's words that it has, each weighed by its rarity.
/// </summary>
sealed class SkillIndex
{
    /// <summary>Less alike than this, and there is no word of weight in common: not a skill for the task.</summary>
    public const double Floor = 0.15;

    /// <summary>Of the score; the rest is the words'. Where there is no meaning, the words are all.</summary>
    const double ShareOfMeaning = 0.75;

    // So many texts a word's rank in English counts for, beside the skills that are there.
    const double TextsOfEnglish = 50;

    // Words of less weight count, but tell nobody why: "the", "of".
    const double LeastToTell = 2;

    readonly Dictionary<string, Entry> _byName = new(StringComparer.Ordinal);
    readonly List<Entry> _skills = [];
    readonly Dictionary<TaskWord, HashSet<Entry>> _with = [];

    /// <summary>How many skills there are.</summary>
    public int Count => _skills.Count;

    /// <summary>A skill as it is from now on.</summary>
    /// <param name="name">The skill.</param>
    /// <param name="text">Its name, description and task.</param>
    /// <param name="meaning">Empty where the model has not told it.</param>
    public void Put(string name, string text, float[] meaning)
    {
        Remove(name);
        var entry = _byName[name] = new(name, TaskText.Of(text), meaning) { At = _skills.Count };
        _skills.Add(entry);
        foreach (var word in entry.Text.Words)
        {
            if (!_with.TryGetValue(word, out var with)) with = _with[word] = [];
            with.Add(entry);
        }
    }

    /// <summary>A skill that is not there any more, or never was.</summary>
    public void Remove(string name)
    {
        if (!_byName.Remove(name, out var entry)) return;
        (_skills[entry.At], _skills[^1].At) = (_skills[^1], entry.At);
        _skills.RemoveAt(_skills.Count - 1);
        foreach (var word in entry.Text.Words)
            if (_with.TryGetValue(word, out var with) && with.Remove(entry) && with.Count == 0) _with.Remove(word);
    }

    /// <summary>The nearest, nearest first; none that has nothing to do with the task.</summary>
    /// <param name="task">What is to be done, in anybody's words.</param>
    /// <param name="meaning">Where the task points; empty where the model did not answer.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Hit> Search(string task, float[] meaning, int most)
    {
        var text = TaskText.Of(task);
        var words = SharesOfWords(text);
        var near = _skills.Select(Near).Where(n => n.Score >= Floor)
            .OrderByDescending(n => n.Score).ThenBy(n => n.Skill.Name, StringComparer.Ordinal).Take(most);
        return [.. near.Select(n => new Hit(n.Skill.Name, n.Score, n.Alike, words[n.Skill.At], WordsInCommon(text, n.Skill)))];

        (Entry Skill, double Score, double? Alike) Near(Entry skill)
        {
            if (meaning.Length == 0 || meaning.Length != skill.Meaning.Length) return (skill, words[skill.At], null);
            var alike = Math.Max(0, TensorPrimitives.Dot<float>(meaning, skill.Meaning));
            return (skill, (ShareOfMeaning * alike) + ((1 - ShareOfMeaning) * words[skill.At]), alike);
        }
    }

    /// <summary>The share of the task's weight that each skill has.</summary>
    double[] SharesOfWords(TaskText task)
    {
        var weights = task.Words.Select(Weight).ToArray();
        var all = weights.Sum();
        var (shares, best, bestOf) = (new double[_skills.Count], new double[_skills.Count], new int[_skills.Count]);
        for (var i = 0; i < weights.Length; i++)
        {
            foreach (var (other, with) in _with)
            {
                if (task.Words[i].Alike(other) is not (> 0 and var alike)) continue;
                foreach (var at in with.Select(skill => skill.At))
                {
                    // Of several words that may be the same with a slip of the pen the nearest counts.
                    var before = bestOf[at] == i + 1 ? best[at] : 0;
                    if (alike <= before) continue;
                    shares[at] += (alike - before) * weights[i] / all;
                    (best[at], bestOf[at]) = (alike, i + 1);
                }
            }
        }

        return shares;
    }

    List<string> WordsInCommon(TaskText task, Entry skill) =>
        [.. task.Words.Where(word => Weight(word) >= LeastToTell && skill.Text.Words.Any(other => word.Alike(other) > 0)).Select(word => word.ToString())];

    /// <summary>The information in a word: rare in English, and the more skills there are, rare among them.</summary>
    double Weight(TaskWord word)
    {
        var with = _with.TryGetValue(word, out var skills) ? skills.Count : 0;
        return -Math.Log((with + (TextsOfEnglish * word.Prior)) / (_skills.Count + TextsOfEnglish));
    }

    sealed class Entry(string name, TaskText text, float[] meaning)
    {
        public string Name => name;

        public TaskText Text => text;

        public float[] Meaning => meaning;

        /// <summary>Its place in the list.</summary>
        public int At { get; set; }
    }
}

/// <summary>A skill that may be the one.</summary>
/// <param name="Name">The skill.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Meaning">The cosine of both meanings, 0 to 1; <c>null</c> where one of them is not known.</param>
/// <param name="Words">The share of the task's words that it has, by weight.</param>
/// <param name="Common">Those of them that are not in every text.</param>
sealed record Hit(string Name, double Score, double? Meaning, double Words, IReadOnlyList<string> Common);
